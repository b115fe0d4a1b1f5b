import { setTimeout as delay } from "node:timers/promises";
import type { ProviderDefinition } from "../catalog/index.ts";
import { BrokerError } from "../errors.ts";
import type { TokenSet } from "../oauth/index.ts";
import type {
  ChangedToken,
  ClaimedToken,
  GrantKey,
  SpooledToken,
  Store,
  TokenRow,
  TokenUpdate,
} from "../store/index.ts";
import { type Clock, SECOND } from "../time.ts";
import { jitterMs } from "./backoff.ts";
import { refreshedUpdate } from "./merge.ts";
import type { RefreshOutcome } from "./refresh-connection.ts";
import type { RefreshReports } from "./refresh-reports.ts";
import type { Spooling } from "./spooling.ts";
import type { HeldToken } from "./token-view.ts";
import type { UnsavedTokens } from "./unsaved-tokens.ts";

export interface Refreshed {
  readonly claimed: ClaimedToken;
  readonly answer: TokenSet;
  readonly rules: ProviderDefinition["refresh"];
  /** The monotonic moment that `claimed.now` belongs to. */
  readonly begunMs: number;
}

export type SaveRefreshed = (refreshed: Refreshed) => Promise<RefreshOutcome>;

export interface SaveDeps {
  readonly store: Pick<Store, "tokens" | "revocations">;
  readonly unsaved: UnsavedTokens;
  readonly spooling: Spooling;
  readonly reports: RefreshReports;
  readonly clock: Clock;
  readonly random: () => number;
  readonly sweepHorizonMs: number;
}

export interface Saver {
  readonly save: SaveRefreshed;
  /** Resolves when everything that waits for the database has been stored. */
  settled(): Promise<void>;
  /** From now on a token counts as unsaved whose first save the database has not answered yet. */
  waitNoLonger(): void;
}

/**
 * Stores what a refresh brought. The old refresh token may be dead by now, so giving up would lose the connection: a token that cannot be saved is kept
 * and served from this process, and saving is tried until it works. If there is a spool, it outlives the process, too.
 */
export const createSaver = (deps: SaveDeps): Saver => {
  const pending = new Set<Promise<void>>();
  const unanswered = new Set<() => void>();
  const later = (work: () => Promise<void>): void => {
    const running = untilItWorks(deps, work).finally(() => pending.delete(running));
    pending.add(running);
  };
  return {
    save: (refreshed) => save(deps, refreshed, later, unanswered),
    async settled() {
      while (pending.size > 0) await Promise.allSettled(pending);
    },
    waitNoLonger() {
      for (const keep of unanswered) keep();
    },
  };
};

type Later = (work: () => Promise<void>) => void;

const save = async (
  deps: SaveDeps,
  refreshed: Refreshed,
  later: Later,
  unanswered: Set<() => void>,
): Promise<RefreshOutcome> => {
  const { claimed } = refreshed;
  const receivedMs = deps.clock.monotonicMs();
  const update = (): TokenUpdate => updateOf(deps, refreshed, deps.clock.monotonicMs() - receivedMs);
  let unsaved: HeldToken | undefined;
  const keep = (): HeldToken => (unsaved ??= keepUnsaved(deps, refreshed, update()));
  const attempt = async (): Promise<RefreshOutcome> => {
    const row = await deps.store.tokens.saveRefreshed(claimed, update());
    const outcome = row ? saved(deps, row) : await afterLoss(deps, refreshed, later);
    if (unsaved) forget(deps, claimed);
    return outcome;
  };
  unanswered.add(keep);
  try {
    return await attempt();
  } catch (error) {
    deps.reports.unsaved(claimed, error);
    const held = keep();
    later(async () => void (await attempt()));
    return { kind: "newer", row: held.row, unsaved: held };
  } finally {
    unanswered.delete(keep);
  }
};

const forget = ({ unsaved, spooling }: SaveDeps, claimed: ClaimedToken): void => {
  unsaved.forget(claimed.id);
  spooling.drop(claimed);
};

const saved = ({ reports }: SaveDeps, row: ChangedToken): RefreshOutcome => {
  reports.saved(row);
  return { kind: "newer", row };
};

const updateOf = (
  { sweepHorizonMs }: SaveDeps,
  { claimed, answer, rules }: Refreshed,
  receivedAgoMs: number,
): TokenUpdate => refreshedUpdate(claimed, answer, { rules, sweepHorizonMs }, receivedAgoMs);

/**
 * The row moved on. If the grant was revoked meanwhile, the vendor must hear of these tokens too, or they would outlive it. If it was authorized again,
 * they are dropped: telling the vendor could end the new grant. Either way they are served to nobody.
 */
const afterLoss = async (
  deps: SaveDeps,
  { claimed, answer }: Refreshed,
  later: Later,
): Promise<RefreshOutcome> => {
  const settle = async (): Promise<RefreshOutcome> => {
    const row = await deps.store.tokens.find(claimed);
    if (row === undefined) await enqueue(deps, claimed, answer);
    deps.reports.lost(claimed, row ? "replaced" : "revoked");
    return row ? { kind: "newer", row } : { kind: "revoked" };
  };
  try {
    return await settle();
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    later(async () => void (await settle()));
    return { kind: "obstacle", obstacle: { kind: "unable", error }, row: claimed };
  }
};

const enqueue = (
  { store }: SaveDeps,
  claimed: ClaimedToken,
  { accessToken, refreshToken }: TokenSet,
): Promise<void> => {
  const { pins, providerMetadata, nextVersion } = claimed;
  return store.revocations.enqueue(
    claimed,
    { accessToken, refreshToken, pins, providerMetadata },
    nextVersion,
  );
};

const RETRY_FROM_MS = 125;
const RETRY_TO_MS = 375;

/** Every 250 ms with jitter, without limit. Does not keep the process alive: shutdown waits for it by `settled()`. */
const untilItWorks = async ({ random }: SaveDeps, work: () => Promise<void>): Promise<void> => {
  for (;;) {
    await delay(jitterMs(RETRY_FROM_MS, RETRY_TO_MS, random), undefined, { ref: false });
    try {
      return await work();
    } catch {
      // The database is still away: nothing is known now that was not when the first attempt failed.
    }
  }
};

const spooled = ({ claimed }: Refreshed, update: TokenUpdate, receivedAt: Date): SpooledToken => ({
  key: keyOf(claimed),
  id: claimed.id,
  version: claimed.version,
  nextVersion: claimed.nextVersion,
  // The row loses its own to a revocation, and the vendor's may need them then.
  update: { ...update, providerMetadata: update.providerMetadata ?? claimed.providerMetadata },
  receivedAt,
});

const keyOf = ({
  namespace,
  connectionId,
  userId,
  provider,
  mcpServerUrl,
  tokenName,
}: GrantKey): GrantKey => ({
  namespace,
  connectionId,
  userId,
  provider,
  mcpServerUrl,
  tokenName,
});

/** The row as it will be, as far as anybody may ask before it is stored. In the spool, too, if there is one. */
const keepUnsaved = (
  { unsaved, spooling, clock }: SaveDeps,
  refreshed: Refreshed,
  update: TokenUpdate,
): HeldToken => {
  const { claimed, answer, begunMs } = refreshed;
  const atMs = clock.monotonicMs();
  const now = new Date(claimed.now.getTime() + atMs - begunMs);
  const lifetimeSeconds = answer.expiresInSeconds ?? null;
  const issuedAt = new Date(now.getTime() - update.receivedAgoMs);
  const row: TokenRow = {
    ...claimed,
    version: claimed.nextVersion,
    status: "active",
    tokenType: update.tokenType,
    scopes: update.scopes,
    providerMetadata: update.providerMetadata ?? claimed.providerMetadata,
    fromRefresh: true,
    issuedAt,
    lifetimeSeconds,
    expiresAt: lifetimeSeconds === null ? null : new Date(issuedAt.getTime() + lifetimeSeconds * SECOND),
    nextAttemptAt: null,
    failureReason: "",
    degradedSince: null,
    now,
  };
  unsaved.keep({ row, accessToken: answer.accessToken, since: now, atMs });
  spooling.keep(spooled(refreshed, update, issuedAt));
  return { row, accessToken: answer.accessToken, unsavedSince: now };
};
