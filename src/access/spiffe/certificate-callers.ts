import type { X509Certificate } from "node:crypto";
import type { Bundle, Bundles } from "./bundles.ts";
import { SvidProblem, type VerifiedSvid, verifySvid } from "./verify-svid.ts";

interface Remembered {
  /** What the chain was found to be; a problem is remembered as well, so that asking again and again costs nothing. */
  readonly finding: VerifiedSvid | SvidProblem;
  /** What it was judged by: a changed bundle judges again. */
  readonly bundle: Bundle | undefined;
  readonly trustDomain: string;
}

/** Of the latest leaves that came with authorities between. */
const MAX_CHAINS = 1000;

/** Who a presented chain is, now. @throws SvidProblem */
export type IdentifyChain = (chain: readonly X509Certificate[], nowMs: number) => string;

/**
 * A chain is judged once for each connection, and again when its trust domain's authorities change; its time is looked at for every call, because a
 * connection may live longer than its certificate. A resumed TLS session presents the leaf alone: what came with it the first time is kept, and judged
 * as if it had come again.
 */
export const createIdentifyChain = (bundles: Pick<Bundles, "of">): IdentifyChain => {
  const known = new WeakMap<X509Certificate, Remembered>();
  const chains = new Map<string, readonly X509Certificate[]>();
  const findingOf = (leaf: X509Certificate, chain: readonly X509Certificate[]): Remembered["finding"] => {
    const remembered = known.get(leaf);
    if (remembered && bundles.of(remembered.trustDomain) === remembered.bundle) return remembered.finding;
    const judged = judge(chain.length > 1 ? chain : (chains.get(leaf.fingerprint256) ?? chain), bundles);
    if (chain.length > 1 && !(judged.finding instanceof SvidProblem)) remember(chains, leaf, chain);
    known.set(leaf, judged);
    return judged.finding;
  };
  return (chain, nowMs) => {
    const [leaf] = chain;
    if (!leaf) throw new SvidProblem("no certificate");
    const finding = findingOf(leaf, chain);
    if (finding instanceof SvidProblem) throw finding;
    if (nowMs < finding.notBeforeMs) throw new SvidProblem("not valid yet");
    if (nowMs > finding.notAfterMs) throw new SvidProblem("expired");
    return finding.id;
  };
};

const remember = (
  chains: Map<string, readonly X509Certificate[]>,
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
): void => {
  if (chains.size >= MAX_CHAINS) chains.clear();
  chains.set(leaf.fingerprint256, chain);
};

const judge = (chain: readonly X509Certificate[], bundles: Pick<Bundles, "of">): Remembered => {
  let used: Pick<Remembered, "bundle" | "trustDomain"> = { bundle: undefined, trustDomain: "" };
  const bundleOf = (trustDomain: string): Bundle | undefined => {
    used = { bundle: bundles.of(trustDomain), trustDomain };
    return used.bundle;
  };
  try {
    return { finding: verifySvid(chain, bundleOf), ...used };
  } catch (error) {
    if (error instanceof SvidProblem) return { finding: error, ...used };
    throw error;
  }
};
