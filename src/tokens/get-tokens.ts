import { type GetTokenDeps, type GetTokenRequest, getHeldToken, serveCallOf } from "./get-token.ts";
import { grantKey } from "./grant-key.ts";
import type { CallOptions } from "./patience.ts";
import { readTokens } from "./read-tokens.ts";
import { rememberPinned } from "./remember-pinned.ts";
import type { TokenView } from "./token-view.ts";

/** What GetToken would say of one grant, and which state of it that tells of. */
export type TokenAnswer =
  | { readonly ok: true; readonly revision: bigint; readonly token: TokenView }
  | {
      readonly ok: false;
      /** 0 = there is no such grant, or it was not read. */
      readonly revision: bigint;
      /** What GetToken would have thrown. */
      readonly reason: unknown;
    };

/**
 * GetToken for many grants: one statement reads them all, and from then on each goes its own way, so that none waits for another. In order; none of the
 * promises is rejected.
 */
export const getTokens = (
  deps: GetTokenDeps,
  requests: readonly GetTokenRequest[],
  options: CallOptions,
): readonly Promise<TokenAnswer>[] => {
  const own = { ...deps, registrations: rememberPinned(deps.registrations) };
  const rows = readTokens(
    deps,
    requests.map((request) => attempt(() => grantKey(request, request.tokenName))),
  );
  return requests.map(async (request, index): Promise<TokenAnswer> => {
    const call = serveCallOf(deps, request, options);
    let revision = 0n;
    try {
      const held = await (await rows)[index]!();
      revision = held.row.revision;
      const token = await getHeldToken(own, request, held, call);
      return { ok: true, revision: token.revision, token };
    } catch (reason) {
      return { ok: false, revision, reason };
    }
  });
};

/** The result of a function, to be had or thrown later. */
const attempt = <T>(work: () => T): (() => T) => {
  try {
    const result = work();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
};
