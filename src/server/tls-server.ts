import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import type { FollowedFile, TlsMaterial } from "../config/index.ts";

export interface TlsServerOptions {
  readonly material: FollowedFile<TlsMaterial>;
  /** From connecting to the end of the handshake. */
  readonly handshakeMs: number;
  /** A connection before its handshake. */
  readonly onSocket: (socket: Socket) => void;
  readonly onSecure: (socket: TLSSocket) => void;
}

/**
 * A TLS server whose certificate and bundles follow their files: each new connection gets what the files hold (at most a second old), and those that
 * stand keep what they have.
 *
 * A client certificate is asked for and not insisted on: what it is good for is decided with the request, where a refusal can say what is wrong.
 */
export const createTlsServer = ({ material, handshakeMs, onSocket, onSecure }: TlsServerOptions): Server => {
  let inForce = material.current();
  const server = createServer(
    {
      ...contextOf(inForce),
      ALPNProtocols: ["h2", "http/1.1"],
      requestCert: inForce.ca.length > 0,
      rejectUnauthorized: false,
      handshakeTimeout: handshakeMs,
    },
    (socket) => {
      // Its handshake ended after the server closed: what comes now would be refused.
      if (server.listening) onSecure(socket);
      else socket.destroy();
    },
  );
  // A handshake that failed or takes too long is told here, and nobody else ends its connection.
  server.on("tlsClientError", (_, socket) => socket.destroy());
  // Before Node's own listener, which begins the handshake.
  server.prependListener("connection", (socket) => {
    onSocket(socket);
    const now = material.current();
    if (now === inForce) return;
    inForce = now;
    server.setSecureContext(contextOf(now));
  });
  return server;
};

const contextOf = ({ cert, key, ca }: TlsMaterial): SecureContextOptions => ({
  cert,
  key,
  ...(ca.length > 0 && { ca: [...ca] }),
  // Said here so that --tls-min-v1.0 cannot say otherwise.
  minVersion: "TLSv1.2",
  // A resumed session brings the verdict of its first handshake along, which an authority may have been taken from since: every client proves itself anew.
  ...(ca.length > 0 && { secureOptions: constants.SSL_OP_NO_TICKET }),
});
