import type { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { CallerConnection } from "../access/index.ts";

type PeerSocket = Partial<Pick<TLSSocket, "getPeerX509Certificate">>;

/** The chain of each connection: reading it from the socket makes new objects every time. */
const chains = new WeakMap<object, readonly X509Certificate[]>();

/** More than any path has; a peer may send a chain that leads in a circle. */
const MAX_CHAIN = 8;

/** The certificates that the peer of a TLS connection presented; a connection without TLS has none. */
export const connectionOf = (request: IncomingMessage | Http2ServerRequest): CallerConnection => ({
  peerCertificates() {
    const owner = "stream" in request ? request.stream.session : request.socket;
    if (!owner || typeof owner !== "object") return [];
    const known = chains.get(owner);
    if (known) return known;
    const socket = ("socket" in owner ? owner.socket : owner) as PeerSocket;
    const chain = chainOf(socket.getPeerX509Certificate?.());
    chains.set(owner, chain);
    return chain;
  },
});

const chainOf = (leaf: X509Certificate | undefined): readonly X509Certificate[] => {
  const chain: X509Certificate[] = [];
  for (let next = leaf; next && chain.length < MAX_CHAIN; next = next.issuerCertificate) {
    const { fingerprint256 } = next;
    // A root is its own issuer.
    if (chain.some((certificate) => certificate.fingerprint256 === fingerprint256)) break;
    chain.push(next);
  }
  return chain;
};
