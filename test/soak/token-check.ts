import type { Vendor } from "../mock-provider/index.ts";
import type { TokenAnswer } from "../system/refresh/callers.ts";
import type { Lost } from "../system/refresh/lost.ts";

export interface TokenCheck {
  /** To be asked at the moment of the answer. */
  readonly check: (connectionId: string, answer: TokenAnswer) => void;
  /** Tokens that were another connection's, or that the provider did not take any more. It has ended the tokens of connections that are lost. */
  countExcept(lost: readonly Lost[]): number;
}

export const createTokenCheck = ({ grants }: Pick<Vendor, "grants">): TokenCheck => {
  const subjects = new Map(grants.views().map(({ label = "", subject }) => [label, subject]));
  const bad = new Map<string, number>();
  return {
    check(connectionId, { accessToken }) {
      if (grants.subjectOf(accessToken) === subjects.get(connectionId)) return;
      bad.set(connectionId, (bad.get(connectionId) ?? 0) + 1);
    },
    countExcept(lost) {
      const ids = new Set(lost.map(({ connectionId }) => connectionId));
      return [...bad].filter(([id]) => !ids.has(id)).reduce((sum, [, count]) => sum + count, 0);
    },
  };
};
