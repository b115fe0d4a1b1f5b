import { BrokerError } from "../errors.ts";
import type { TokenRow } from "../store/index.ts";
import { MINUTE } from "../time.ts";
import { type Candidate, examine, notFound, readToken } from "./candidate.ts";
import { obstacleTo, refusedError } from "./obstacle.ts";
import { deadlineExceeded } from "./patience.ts";
import { pursue } from "./pursue.ts";
import { serve, type ServeCall, type ServeDeps, serveSuccessor } from "./serve-token.ts";
import type { TokenView } from "./token-view.ts";

/** A successor that is rejected within this time of its issue was not rejected for its age. */
const REJECTED_AGAIN_WITHIN_MS = 1 * MINUTE;

/**
 * The resource answered 401 to the current token: refreshes it, once however many callers say so, and never answers with the rejected one.
 *
 * If the token is itself the successor of a rejected one and barely older than a minute, another would not help: a permission is missing. So forced
 * refreshes of one grant are at least a minute apart.
 *
 * @throws BrokerError TOKEN_REJECTED, REAUTHORIZATION_REQUIRED, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED, STORE_UNAVAILABLE, DEADLINE_EXCEEDED.
 */
export const replaceRejected = async (
  deps: ServeDeps,
  candidate: Candidate,
  call: ServeCall,
): Promise<TokenView> => {
  const { row, unsavedSince } = candidate.held;
  if (unsavedSince !== undefined)
    throw new BrokerError(
      "STORE_UNAVAILABLE",
      "the database is away, so the token cannot be replaced: retry later",
    );
  const obstacle = obstacleTo(row, true);
  if (obstacle) throw refusedError(obstacle, row.now);
  if (isRejectedAgain(row)) throw rejectedAgain();
  if (!(await markRejected(deps, row))) return await serveCurrent(deps, row, call);
  const pursuit = await pursue(deps, row, { forced: true, patience: call.patience });
  switch (pursuit.kind) {
    case "newer":
      return await serveSuccessor(deps, pursuit, call);
    case "revoked":
      throw notFound();
    case "obstacle":
      throw refusedError(pursuit.obstacle, pursuit.row.now);
    case "late":
      throw deadlineExceeded();
  }
};

/** Whether this token was fetched because its predecessor had been rejected, a short time ago. */
const isRejectedAgain = ({ rejectedAt, rejectedVersion, version, issuedAt, now }: TokenRow): boolean =>
  rejectedAt !== null &&
  rejectedVersion !== null &&
  rejectedVersion < version &&
  issuedAt.getTime() - rejectedAt.getTime() < REJECTED_AGAIN_WITHIN_MS &&
  now.getTime() - issuedAt.getTime() < REJECTED_AGAIN_WITHIN_MS;

const rejectedAgain = (): BrokerError =>
  new BrokerError(
    "TOKEN_REJECTED",
    "the token was refreshed because its predecessor was rejected, and is rejected too: a permission is missing, not a newer token",
  );

/** False if the token is not the current one any more. Whoever comes second finds the mark set. */
const markRejected = async ({ store }: ServeDeps, row: TokenRow): Promise<boolean> =>
  row.rejectedVersion === row.version || (await store.tokens.markRejected(row.id, row.version)) !== undefined;

const serveCurrent = async (deps: ServeDeps, row: TokenRow, call: ServeCall): Promise<TokenView> =>
  await serve(deps, await examine(deps, await readToken(deps, row), call.demands), call);
