/** Keeps a process on this machine: it opens no socket to another host, and so looks up no name but `localhost`, as if there were no network. */
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

export const stayOnLoopback = (): LoopbackOnly => {
  const refused: string[] = [];
  // oxlint-disable-next-line typescript/unbound-method -- called with its socket
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function connectOnLoopback(this: net.Socket, ...args: unknown[]) {
    const host = hostIn(args);
    if (host === undefined || isLoopback(host)) return Reflect.apply(connect, this, args) as net.Socket;
    refused.push(host);
    const error = new Error(`this process stays on loopback and does not connect to ${host}`);
    // Not sooner than a resolver could have failed: callers do not listen before.
    setImmediate(() => this.destroy(error));
    return this;
  };
  return {
    refused,
    [Symbol.dispose]: () => {
      net.Socket.prototype.connect = connect;
    },
  };
};

/** `connect` takes options, or a port and a host, or (from within Node) both of its arguments in one list. Without a host it is this one. */
const hostIn = (args: unknown[]): string | undefined => {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === "object" && first !== null) return (first as net.TcpNetConnectOpts).host;
  return typeof second === "string" ? second : undefined;
};
