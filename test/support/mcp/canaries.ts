/**
 * Places that nobody may connect to. Each is proven to work by a connection of the test's own, so that a count of zero means what it says.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";

export interface CanaryListener extends AsyncDisposable {
  readonly port: number;
  /** `host:port`, as a URL has it. */
  readonly address: string;
  /** Connections so far, the test's own not counted. */
  readonly connections: number;
}

/** On a port that no setting lists; default on every address of this machine. What connects is counted and cut off. */
export const startCanary = async ({ host = "::", port = 0 } = {}): Promise<CanaryListener> => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {}).destroy();
  }).listen(port, host);
  await once(server, "listening");
  const bound = (server.address() as AddressInfo).port;
  const reached = host === "::" ? "127.0.0.1" : host;
  await Promise.all([once(server, "connection"), knock(reached, bound)]);
  const own = connections;
  return {
    port: bound,
    address: `${reached}:${bound}`,
    get connections() {
      return connections - own;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
};

/** Connects and hangs up. */
export const knock = async (host: string, port: number): Promise<void> => {
  const socket = connect({ host, port });
  await once(socket, "connect");
  socket.on("error", () => {}).destroy();
};

export interface PortCounter extends Disposable {
  /** TCP connections that servers of this process accepted on that port since the counting began. */
  on(port: number): number;
}

/** For ports whose listeners are the broker's own: Node itself reports every connection that a server of this process accepts. */
export const countAccepted = (): PortCounter => {
  const accepted = new Map<number, number>();
  const note = (message: unknown): void => {
    const address = (message as { socket: { server: Server } }).socket.server.address();
    if (address === null || typeof address === "string") return;
    accepted.set(address.port, (accepted.get(address.port) ?? 0) + 1);
  };
  subscribe("net.server.socket", note);
  return {
    on: (port) => accepted.get(port) ?? 0,
    [Symbol.dispose]: () => void unsubscribe("net.server.socket", note),
  };
};
