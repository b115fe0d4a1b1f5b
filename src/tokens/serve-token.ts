import { BrokerError } from "../errors.ts";
import type { TokenRow } from "../store/index.ts";
import { SECOND } from "../time.ts";
import {
  type Candidate,
  type CandidateDeps,
  type Demands,
  examine,
  notFound,
  openToken,
} from "./candidate.ts";
import { expiredError, standingObstacle } from "./obstacle.ts";
import { deadlineExceeded, type Patience } from "./patience.ts";
import { usageOf } from "./pinned-provider.ts";
import { pursue, type PursueDeps, type Pursuit } from "./pursue.ts";
import { type Degraded, degradedBy, tokenView, type TokenView } from "./token-view.ts";

export type ServeDeps = CandidateDeps & PursueDeps;

/** One caller: what is demanded, and how long there is for it. */
export interface ServeCall {
  readonly demands: Demands;
  readonly patience: Patience;
}

/** While the stored token still works, nobody waits longer than this for its successor. */
const WAIT_WHILE_VALID_MS = 3 * SECOND;

/**
 * Answers with this token or its successor. A token that works is never withheld because of a failure, and one that has expired is never passed off as
 * good. Ends: a token that has just come from a refresh is fresh, or has no life at all, and then its row says to wait.
 */
export const serve = async (deps: ServeDeps, candidate: Candidate, call: ServeCall): Promise<TokenView> => {
  const { held, judgement } = candidate;
  if (held.unsavedSince !== undefined) return serveUnsaved(candidate, held.unsavedSince);
  switch (judgement.freshness) {
    case "fresh":
      return view(candidate, standingTrouble(candidate));
    case "stale":
      return await serveStale(deps, candidate, call);
    case "expired":
      return await replaceExpired(deps, candidate, call);
  }
};

const view = ({ held, provider, judgement }: Candidate, degraded: Degraded | undefined): TokenView =>
  tokenView(held, usageOf(provider, held.row), judgement, degraded);

/** What is wrong with a grant whose token needs no refresh yet. */
const standingTrouble = ({ held: { row }, judgement }: Candidate): Degraded | undefined => {
  const obstacle = standingObstacle(row);
  if (obstacle) return degradedBy(obstacle, row, judgement);
  return judgement.meetsMinTtl ? undefined : minTtlNotMet(row);
};

const minTtlNotMet = ({ now }: TokenRow): Degraded => ({
  reason: "MIN_TTL_NOT_MET",
  since: now,
  nextAttemptAt: undefined,
});

const serveUnsaved = (candidate: Candidate, since: Date): TokenView => {
  if (candidate.judgement.freshness === "expired")
    throw new BrokerError("STORE_UNAVAILABLE", "the database is away and the token has expired: retry later");
  return view(candidate, { reason: "STORE_UNAVAILABLE", since, nextAttemptAt: undefined });
};

const serveStale = async (deps: ServeDeps, candidate: Candidate, call: ServeCall): Promise<TokenView> => {
  const { row } = candidate.held;
  const patience = call.patience.atMost(WAIT_WHILE_VALID_MS);
  const pursuit = await pursue(deps, row, { forced: false, patience });
  switch (pursuit.kind) {
    case "newer":
      return await serveSuccessor(deps, pursuit, call);
    case "revoked":
      throw notFound();
    case "obstacle":
      return view(candidate, degradedBy(pursuit.obstacle, pursuit.row, candidate.judgement));
    case "late":
      return view(candidate, stillRefreshing(candidate));
  }
};

/** A refresh runs, here or elsewhere, and takes its time. */
const stillRefreshing = ({ held: { row }, judgement }: Candidate): Degraded =>
  judgement.meetsMinTtl
    ? { reason: "PROVIDER_UNAVAILABLE", since: row.degradedSince ?? row.now, nextAttemptAt: undefined }
    : minTtlNotMet(row);

const replaceExpired = async (deps: ServeDeps, candidate: Candidate, call: ServeCall): Promise<TokenView> => {
  const pursuit = await pursue(deps, candidate.held.row, { forced: false, patience: call.patience });
  switch (pursuit.kind) {
    case "newer":
      return await serveSuccessor(deps, pursuit, call);
    case "revoked":
      throw notFound();
    case "obstacle":
      throw expiredError(pursuit.obstacle, pursuit.row.now);
    case "late":
      throw deadlineExceeded();
  }
};

/** Another token than the one that was read is judged anew: it may be another authorization's, blocked, or of fewer scopes. */
export const serveSuccessor = async (
  deps: ServeDeps,
  { row, unsaved }: Pursuit & { readonly kind: "newer" },
  call: ServeCall,
): Promise<TokenView> => {
  const held = unsaved ?? openToken(deps.store, row);
  return await serve(deps, await examine(deps, held, call.demands), call);
};
