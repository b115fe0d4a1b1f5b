/**
 * Keeps a process on this machine: no name but `localhost` is looked up and no socket is opened to another host, as if there were no
 * network at all. Loaded with `--import`, it starts at once.
 */
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

export interface LoopbackOnly extends Disposable {
  /** The hosts that were asked for and refused, oldest first. */
  readonly refused: readonly string[];
}

const loopback = new net.BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

const isLoopback = (host: string): boolean => {
  const family = net.isIP(host);
  return family === 0 ? host === "localhost" : loopback.check(host, family === 6 ? "ipv6" : "ipv4");
};

const refusal = (host: string): Error =>
  Object.assign(new Error(`this process stays on loopback: ${host}`), { code: "ENOTFOUND", hostname: host });

export const stayOnLoopback = (): LoopbackOnly => {
  const refused: string[] = [];
  const { lookup } = dns;
  // oxlint-disable-next-line typescript/unbound-method -- called with its socket
  const { connect } = net.Socket.prototype;
  const refuse = (host: string): Error => {
    refused.push(host);
    return refusal(host);
  };

  const guardedLookup = (host: string, ...rest: unknown[]): void => {
    if (isLoopback(host)) Reflect.apply(lookup, dns, [host, ...rest]);
    else process.nextTick(rest.at(-1) as (error: Error) => void, refuse(host));
  };
  dns.lookup = Object.assign(guardedLookup, lookup);
  net.Socket.prototype.connect = function guardedConnect(this: net.Socket, ...args: unknown[]) {
    const host = hostIn(args);
    if (host === undefined || isLoopback(host)) return Reflect.apply(connect, this, args) as net.Socket;
    process.nextTick(() => this.destroy(refuse(host)));
    return this;
  };
  syncBuiltinESMExports();

  return {
    refused,
    [Symbol.dispose]: () => {
      dns.lookup = lookup;
      net.Socket.prototype.connect = connect;
      syncBuiltinESMExports();
    },
  };
};

/** `connect` takes options, or a port and a host, or (from within Node) both of its arguments in one list. Without a host it is this one. */
const hostIn = (args: unknown[]): string | undefined => {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === "object" && first !== null) return (first as net.TcpNetConnectOpts).host;
  return typeof second === "string" ? second : undefined;
};
