/**
 * A machine on a private network: a network namespace at the other end of a virtual cable, with listeners that count. As root on Linux it is a real one;
 * elsewhere a loopback alias stands in for it, and says so.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { type CanaryListener, knock, startCanary } from "./canaries.ts";

export interface PrivateHost extends AsyncDisposable {
  /** RFC 1918 where it is real. */
  readonly address: string;
  readonly ports: readonly number[];
  /** False: `address` is a loopback alias. */
  readonly isReal: boolean;
  /** Connections so far, on all ports, the test's own not counted. */
  connections(): Promise<number>;
}

/** Listens inside the namespace and prints the count for every line that it reads. Ends with its standard input. */
const LISTENER = `
  const ports = process.argv.slice(1).map(Number);
  let connections = 0, listening = 0;
  for (const port of ports)
    require("node:net").createServer((socket) => { connections += 1; socket.on("error", () => {}).destroy(); })
      .listen(port, "0.0.0.0", () => { if (++listening === ports.length) console.log("ready"); });
  require("node:readline").createInterface({ input: process.stdin }).on("line", () => console.log(connections)).on("close", () => process.exit(0));
`;

/** 443 and 80 are where an https or http URL without a port leads. */
export const startPrivateHost = async (ports: readonly number[] = [443, 80, 8080]): Promise<PrivateHost> => {
  const link = tryLink();
  return link === undefined ? await aliasOf(ports) : await namespaceOf(link, ports);
};

interface Link extends Disposable {
  readonly namespace: string;
  readonly address: string;
}

const ip = (...args: string[]): void =>
  void execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });

/** undefined = this machine or this user cannot. */
const tryLink = (): Link | undefined => {
  // One /30 of 10.213.0.0/16 and one name for each process.
  const [third, fourth] = [(process.pid >> 6) & 255, (process.pid & 63) * 4];
  const namespace = `tb-mcp-${process.pid}`;
  const cable = `tbm${process.pid}`;
  try {
    // Of a process with the same id that was killed.
    if (existsSync(`/run/netns/${namespace}`)) ip("netns", "del", namespace);
    ip("netns", "add", namespace);
  } catch (error) {
    console.warn(`no network namespace on this machine: ${String(error).split("\n")[0]}`);
    return undefined;
  }
  const remove = (): void => ip("netns", "del", namespace);
  try {
    ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("addr", "add", `10.213.${third}.${fourth + 1}/30`, "dev", cable);
    ip("link", "set", cable, "up");
    ip("-n", namespace, "addr", "add", `10.213.${third}.${fourth + 2}/30`, "dev", "eth0");
    ip("-n", namespace, "link", "set", "eth0", "up");
  } catch (error) {
    console.warn(`no virtual cable on this machine: ${String(error).split("\n")[0]}`);
    remove();
    return undefined;
  }
  return { namespace, address: `10.213.${third}.${fourth + 2}`, [Symbol.dispose]: remove };
};

const namespaceOf = async (link: Link, ports: readonly number[]): Promise<PrivateHost> => {
  const listener = spawn(
    "ip",
    ["netns", "exec", link.namespace, process.execPath, "-e", LISTENER, ...ports.map(String)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: listener.stdout });
  const nextLine = async (): Promise<string> => String((await once(lines, "line"))[0]);
  await nextLine();
  const total = async (): Promise<number> => {
    const line = nextLine();
    listener.stdin.write("\n");
    return Number(await line);
  };
  for (const port of ports) await knock(link.address, port);
  while ((await total()) < ports.length) await new Promise((resolve) => void setImmediate(resolve));
  return {
    address: link.address,
    ports,
    isReal: true,
    connections: async () => (await total()) - ports.length,
    async [Symbol.asyncDispose]() {
      const exit = once(listener, "exit");
      listener.stdin.end();
      await exit;
      link[Symbol.dispose]();
    },
  };
};

const ALIAS = "127.213.0.2";

const aliasOf = async (ports: readonly number[]): Promise<PrivateHost> => {
  console.warn(
    `the private host is only a loopback alias here (${ALIAS}): run as root on Linux with iproute2 for a network namespace`,
  );
  // Ports below 1024 may be closed to this user.
  const open = (port: number): Promise<CanaryListener> =>
    startCanary({ host: ALIAS, port }).catch(() => startCanary({ host: ALIAS }));
  const canaries = await Promise.all(ports.map(open));
  return {
    address: ALIAS,
    ports: canaries.map(({ port }) => port),
    isReal: false,
    connections: async () => canaries.reduce((sum, { connections }) => sum + connections, 0),
    async [Symbol.asyncDispose]() {
      for (const canary of canaries) await canary[Symbol.asyncDispose]();
    },
  };
};
