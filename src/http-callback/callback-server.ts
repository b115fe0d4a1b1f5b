import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { FollowedFile, ListenAddress, TlsMaterial } from "../config/index.ts";
import { SECOND } from "../time.ts";
import type { CallbackHandler } from "./callback-handler.ts";
import { notFoundPage } from "./pages.ts";
import { sendPage } from "./reply.ts";
import { createTlsServer } from "./tls-server.ts";

export interface CallbackServerOptions {
  /** Asked in turn until one answers. */
  readonly handlers: readonly CallbackHandler[];
  /** undefined = cleartext, for a proxy that ends TLS. */
  readonly tls?: FollowedFile<TlsMaterial> | undefined;
}

export interface CallbackServer {
  /** Resolves to the address bound, with the port that the system chose for port 0. Rejects with the system's error (EADDRINUSE, EACCES). */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Takes no new connection, lets requests under way finish, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Strangers connect here: every wait and every size has an end. */
const LIMITS = {
  /** Request line and headers together; beyond it Node answers 431. */
  maxHeaderSize: 32 * 1024,
  headersTimeout: 10 * SECOND,
  requestTimeout: 30 * SECOND,
  keepAliveTimeout: 5 * SECOND,
  connectionsCheckingInterval: 5 * SECOND,
};

export const createCallbackServer = ({ handlers, tls }: CallbackServerOptions): CallbackServer => {
  const sockets = new Set<Socket>();
  /** TLS connections that no request has come by: to Node they are not idle. */
  const unused = new Set<Socket>();
  const onRequest: RequestListener = (request, response) => {
    unused.delete(request.socket);
    response.once("close", () => {
      // Once it stopped listening, a connection that a client keeps alive would hold the close up until its idle time is over.
      if (!server.listening) server.closeIdleConnections();
    });
    if (!handlers.some((handler) => handler(request, response))) sendPage(response, notFoundPage);
  };
  const server: Server = tls ? createTlsServer(LIMITS, tls, onRequest) : createServer(LIMITS, onRequest);
  server.on("secureConnection", (socket: Socket) => {
    // Its handshake ended after the server closed: what comes now would be refused.
    if (!server.listening) return void socket.destroy();
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    listen: (address) => listen(server, address),
    close: async (graceMs) => {
      const closed = close(server, graceMs);
      // Browsers open connections that they may use later: to Node one is idle only after its first request.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      for (const socket of unused) socket.destroy();
      await closed;
    },
  };
};

const listen = async (server: Server, address: ListenAddress): Promise<ListenAddress> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(
    address.kind === "tcp" ? { host: address.host, port: address.port } : { path: address.path },
    resolve,
  );
  await promise;
  server.off("error", reject);
  // From here on an error is a connection that could not be accepted (too many open files): its client's to retry, not the end of the process.
  server.on("error", () => {});
  if (address.kind === "unix") return address;
  return { ...address, port: (server.address() as AddressInfo).port };
};

const close = async (server: Server, graceMs: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await promise;
  clearTimeout(cutOff);
};
