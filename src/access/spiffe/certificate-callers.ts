import type { X509Certificate } from "node:crypto";
import type { Bundle, Bundles } from "./bundles.ts";
import { SvidProblem, type VerifiedSvid, verifySvid } from "./verify-svid.ts";

interface Remembered {
  readonly svid: VerifiedSvid;
  /** What it was proven with: a changed bundle is asked again. */
  readonly bundle: Bundle | undefined;
  readonly trustDomain: string;
}

/** Who a presented chain is, now. @throws SvidProblem */
export type IdentifyChain = (chain: readonly X509Certificate[], nowMs: number) => string;

/**
 * A chain is proven once for each connection, and again when its trust domain's authorities change; its time is looked at for every call, because a
 * connection may live longer than its certificate.
 */
export const createIdentifyChain = (bundles: Pick<Bundles, "of">): IdentifyChain => {
  const known = new WeakMap<X509Certificate, Remembered>();
  return (chain, nowMs) => {
    const [leaf] = chain;
    if (!leaf) throw new SvidProblem("no certificate");
    const remembered = known.get(leaf);
    const isCurrent = remembered !== undefined && bundles.of(remembered.trustDomain) === remembered.bundle;
    const { svid } = isCurrent ? remembered : remember(known, leaf, chain, bundles);
    if (nowMs < svid.notBeforeMs) throw new SvidProblem("not valid yet");
    if (nowMs > svid.notAfterMs) throw new SvidProblem("expired");
    return svid.id;
  };
};

const remember = (
  known: WeakMap<X509Certificate, Remembered>,
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  bundles: Pick<Bundles, "of">,
): Remembered => {
  let used: Pick<Remembered, "bundle" | "trustDomain"> = { bundle: undefined, trustDomain: "" };
  const svid = verifySvid(chain, (trustDomain) => {
    used = { bundle: bundles.of(trustDomain), trustDomain };
    return used.bundle;
  });
  const remembered = { svid, ...used };
  known.set(leaf, remembered);
  return remembered;
};
