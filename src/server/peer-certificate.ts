import { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { PeerCertificate } from "../access/index.ts";
import type { ClientBundle } from "../config/index.ts";

/** By what a request leads to: its socket, or its HTTP/2 session. */
const peers = new WeakMap<object, PeerCertificate>();

/** Keeps what the handshake proved for the requests to come. `connection` is the socket or the HTTP/2 session that they lead to. */
export const rememberPeer = (
  connection: object,
  socket: TLSSocket,
  bundles: () => readonly ClientBundle[],
): void => {
  const chain = chainOf(socket);
  const [leaf] = chain;
  if (leaf === undefined) return;
  peers.set(connection, {
    raw: leaf.raw,
    verified: socket.authorized,
    problem: socket.authorized ? undefined : String(socket.authorizationError),
    notAfterMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
    vouchers: remembering(bundles, (now) =>
      now.filter(({ certificates }) => leadsTo(chain, certificates)).map(({ trustDomain }) => trustDomain),
    ),
  });
};

/** The certificate of the connection that a request came by; undefined without one. */
export const peerOf = (request: IncomingMessage | Http2ServerRequest): PeerCertificate | undefined => {
  const connection = "stream" in request ? request.stream.session : request.socket;
  return connection && peers.get(connection);
};

/** More than any chain in use; a client may send what it likes. */
const MAX_CHAIN = 10;

/** From the client's certificate upwards, as far as it is known. */
const chainOf = (socket: TLSSocket): X509Certificate[] => {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && chain.length < MAX_CHAIN) {
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
};

/**
 * Whether signatures lead from the client's certificate to an authority of this bundle. The handshake verified against all bundles together, and the
 * chain that Node shows was put together by names alone: with a certificate of its own making in between, a client of one trust domain could make it end
 * at the authority of another.
 */
const leadsTo = (chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): boolean =>
  chain.some(
    (certificate, index) =>
      authorities.some((authority) => isIssuedBy(certificate, authority)) &&
      chain.slice(0, index).every((lower, i) => isIssuedBy(lower, chain[i + 1] ?? lower)),
  );

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

/** Works it out again only when the bundles are others. */
const remembering = (
  bundles: () => readonly ClientBundle[],
  work: (now: readonly ClientBundle[]) => readonly string[],
): (() => readonly string[]) => {
  let seen: readonly ClientBundle[] | undefined;
  let answer: readonly string[] = [];
  return () => {
    const now = bundles();
    if (now !== seen) [seen, answer] = [now, work(now)];
    return answer;
  };
};
