import type { X509Certificate } from "node:crypto";
import { type Extensions, readExtensions } from "./extensions.ts";
import { parseSpiffeId } from "./spiffe-id.ts";

/** A proven workload, and for how long the certificates behind it say so. */
export interface VerifiedSvid {
  readonly id: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Why a certificate is no proof, for the log. */
export class SvidProblem extends Error {
  override name = "SvidProblem";
}

/** The authorities of a trust domain; undefined for one that is not configured. */
export type BundleOf = (trustDomain: string) => readonly X509Certificate[] | undefined;

/** Leaf, authorities between, root: no workload has more. */
const MAX_PATH = 6;

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/**
 * Judges the chain that a peer presented, leaf first, whose key it has proven to hold in the handshake (X.509-SVID sections 2 to 5). The SPIFFE ID is the
 * leaf's only URI, and only the authorities of its own trust domain can vouch for it, whoever else signs certificates that a listener would accept.
 *
 * @throws SvidProblem
 */
export const verifySvid = (chain: readonly X509Certificate[], bundleOf: BundleOf): VerifiedSvid => {
  const [leaf, ...others] = chain;
  if (!leaf) throw new SvidProblem("no certificate");
  const { id, trustDomain } = leafId(leaf);
  const authorities = bundleOf(trustDomain);
  if (!authorities) throw new SvidProblem("unknown trust domain");
  const path = pathFrom(leaf, others.slice(0, MAX_PATH), authorities);
  if (!path) throw new SvidProblem("not signed by an authority of its trust domain");
  return {
    id,
    notBeforeMs: Math.max(...path.map((certificate) => certificate.validFromDate.getTime())),
    notAfterMs: Math.min(...path.map((certificate) => certificate.validToDate.getTime())),
  };
};

const leafId = (leaf: X509Certificate) => {
  const { uris, unknownCritical, keyUsage } = extensionsOf(leaf);
  if (uris.length !== 1) throw new SvidProblem(uris.length === 0 ? "no URI" : "more than one URI");
  if (unknownCritical) throw new SvidProblem("an unknown critical extension");
  if (leaf.ca || keyUsage?.signsCertificates) throw new SvidProblem("an authority's certificate");
  if (keyUsage?.digitalSignature === false) throw new SvidProblem("a key that must not sign");
  const uses: readonly string[] | undefined = leaf.keyUsage;
  if (uses && !uses.includes(CLIENT_AUTH)) throw new SvidProblem("not for clients");
  const id = parseSpiffeId(uris[0] ?? "");
  if (!id) throw new SvidProblem("not a SPIFFE ID");
  return id;
};

const extensionsOf = (certificate: X509Certificate): Extensions => {
  try {
    return readExtensions(certificate);
  } catch {
    throw new SvidProblem("unreadable");
  }
};

/** The certificates from the leaf to an authority of the bundle, both included. */
const pathFrom = (
  leaf: X509Certificate,
  presented: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): X509Certificate[] | undefined => {
  const path = [leaf];
  for (let below = leaf; path.length < MAX_PATH;) {
    const between = path.length - 1;
    const root = authorities.find((authority) => hasSigned(authority, below, between));
    if (root) return [...path, root];
    const next = presented.find(
      (candidate) => !path.includes(candidate) && hasSigned(candidate, below, between),
    );
    if (!next) return undefined;
    path.push(next);
    below = next;
  }
  return undefined;
};

/** RFC 5280 section 6.1.4, as far as it is about the issuer. `between` authorities stand between it and the leaf. */
const hasSigned = (issuer: X509Certificate, certificate: X509Certificate, between: number): boolean => {
  if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false;
  const { unknownCritical, keyUsage, pathLength } = extensionsOf(issuer);
  const maySign = !unknownCritical && keyUsage?.signsCertificates !== false;
  return maySign && between <= (pathLength ?? MAX_PATH);
};
