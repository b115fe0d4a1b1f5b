import type { RequestListener, ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import type { FollowedFile, TlsMaterial } from "../config/index.ts";
import { SECOND } from "../time.ts";

/** From connecting to the end of the handshake. */
const HANDSHAKE_MS = 10 * SECOND;

/** An https server whose certificate follows its files: each new connection gets what they hold, and those that stand keep what they have. */
export const createTlsServer = (
  limits: ServerOptions,
  material: FollowedFile<TlsMaterial>,
  onRequest: RequestListener,
): Server => {
  let inForce = material.current();
  const server = createServer(
    { ...limits, ...contextOf(inForce), ALPNProtocols: ["http/1.1"], handshakeTimeout: HANDSHAKE_MS },
    onRequest,
  );
  // Before Node's own listener, which begins the handshake.
  server.prependListener("connection", () => {
    const now = material.current();
    if (now === inForce) return;
    inForce = now;
    server.setSecureContext(contextOf(now));
  });
  return server;
};

const contextOf = ({ cert, key }: TlsMaterial) => ({ cert, key, minVersion: "TLSv1.2" }) as const;
