import { request } from "node:http";
import { isIPv6, type Socket } from "node:net";
import type { SecretText } from "./client.ts";
import type { Connector } from "./egress-call.ts";

/** The proxy did not open a tunnel: its status is in the code, for the log, and nothing else of its answer. */
class ProxyRefusal extends Error {
  readonly code: string;

  constructor(status: number) {
    super("the egress proxy refused to connect");
    this.code = `PROXY_ANSWERED_${status}`;
  }
}

/**
 * Connects by way of a proxy (CONNECT, RFC 9110 section 9.3.6), and lets `secure` do TLS inside, end to end: the proxy learns host and port. It resolves
 * the name. Its URL is asked for at each connection, so that a new password is used at once.
 */
export const byProxy =
  (secure: Connector, proxy: SecretText, timeoutMs: number): Connector =>
  (options, callback) => {
    const { hostname, port } = options;
    const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port === "" ? "443" : port}`;
    openTunnel(proxy.reveal(), authority, timeoutMs, (error, httpSocket) => {
      if (httpSocket) secure({ ...options, httpSocket }, callback);
      else callback(error ?? new Error("no tunnel"), null);
    });
  };

type OnTunnel = (error: Error | undefined, socket?: Socket) => void;

/** `done` is called once. */
const openTunnel = (proxyUrl: string, authority: string, timeoutMs: number, done: OnTunnel): void => {
  const { hostname, port, username, password } = new URL(proxyUrl);
  const asking = request({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 80 : Number(port),
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...credentials(username, password) },
    agent: false,
  });
  const late = Object.assign(new Error("the egress proxy did not answer in time"), { code: "PROXY_TIMEOUT" });
  const timer = setTimeout(() => asking.destroy(late), timeoutMs);
  asking.once("close", () => clearTimeout(timer));
  asking.once("error", done);
  asking.once("connect", (answer, socket: Socket, head) => {
    clearTimeout(timer);
    asking.off("error", done).on("error", () => {});
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300 && head.length === 0) return done(undefined, socket);
    socket.destroy();
    done(new ProxyRefusal(status));
  });
  asking.end();
};

/** RFC 7617. */
const credentials = (username: string, password: string): Record<string, string> => {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
};
