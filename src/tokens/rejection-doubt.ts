import type { ClaimedToken, PutOff, Standing, Store } from "../store/index.ts";
import { afterOthers } from "./backoff.ts";
import { isSpentPerhaps } from "./judge-failure.ts";
import { isMassRejection, REJECTIONS_WITHIN_SECONDS } from "./mass-rejection.ts";
import { nextProbe } from "./next-probe.ts";
import { type FailureReason, isOutcomeInDoubt } from "./obstacle.ts";
import type { OutcomeCounts } from "./outcome-counts.ts";
import type { Attempt } from "./prepared.ts";
import type { RefreshReports } from "./refresh-reports.ts";
import { retryAll, type RetryAllDeps } from "./retry-all.ts";

export interface RejectionDoubtDeps extends RetryAllDeps {
  readonly store: Pick<Store, "tokens" | "providerHealth">;
  readonly outcomes: OutcomeCounts;
  readonly reports: Pick<RefreshReports, "spared">;
  readonly random: () => number;
  background(work: Promise<unknown>): void;
}

/**
 * A provider that rejects nearly everybody is more likely wrong than right. Its registration is held: rejections of the last ten minutes are taken back,
 * further ones end no grant, and nobody refreshes but one grant a minute over all replicas. The first success ends the hold.
 *
 * A grant that was doubted once is no evidence a second time: rejected again after the hold, it is dead, and brings about no other hold. Neither is
 * one whose refresh token may have been spent by a call that was cut off: after a power failure there are many of those, and nothing wrong with the
 * provider.
 */
export interface RejectionDoubt {
  /** Undefined = call. One caller a minute finds out itself whether the provider still rejects. */
  standsAgainst(attempt: Attempt, standing: Standing): Promise<PutOff | undefined>;
  succeeded(attempt: Attempt): void;
  /** Answers until when the rejection is not believed; undefined = it is. */
  rejected(attempt: Attempt): Promise<Date | undefined>;
  /** Takes back rejections that replicas recorded while they did not know of the hold yet. */
  spare(registrationId: string): Promise<void>;
}

export const createRejectionDoubt = (deps: RejectionDoubtDeps): RejectionDoubt => {
  const { outcomes, store, troubleReports } = deps;
  const health = store.providerHealth;
  return {
    async standsAgainst({ claimed, prepared: { key } }, { hold, now }) {
      if (hold === undefined) return undefined;
      const mayProbe = hold.nextProbeAt <= now && (await health.claimHoldProbe(key.registrationId));
      return mayProbe ? undefined : held(deps, claimed, nextProbe(hold.nextProbeAt, now));
    },
    succeeded(attempt) {
      const { claimed, prepared } = attempt;
      outcomes.succeeded(prepared.key.registrationId);
      if (claimed.providerTroubled) deps.background(endHold(deps, attempt));
    },
    async rejected({ claimed, prepared: { key, provider } }) {
      const { registrationId } = key;
      const isEvidence = !wasDoubted(claimed) && !isSpentPerhaps(claimed, provider.definition.refresh);
      if (isEvidence) outcomes.rejected(registrationId);
      await outcomes.flush();
      const { hold, now } = await health.find(key);
      if (hold) return nextProbe(hold.nextProbeAt, now);
      if (!isEvidence) return undefined;
      const recent = await health.recentOutcomes(registrationId, REJECTIONS_WITHIN_SECONDS);
      if (!isMassRejection(recent)) return undefined;
      if (await health.beginHold(registrationId, claimed.provider)) troubleReports.changed("held", claimed);
      await spareRejected(deps, registrationId);
      return now;
    },
    spare: (registrationId) => spareRejected(deps, registrationId),
  };
};

const wasDoubted = ({ failureReason, failureProviderError }: ClaimedToken): boolean =>
  failureReason === "REJECTION_DOUBTED" ||
  (isOutcomeInDoubt(failureReason) && failureProviderError === "invalid_grant");

/** Not tried: the row keeps what it knows about itself. */
const held = ({ random }: RejectionDoubtDeps, claimed: ClaimedToken, until: Date): PutOff => {
  const isUnknown = isOutcomeInDoubt(claimed.failureReason);
  const reason: FailureReason = isUnknown ? "REFRESH_OUTCOME_UNKNOWN" : "REFRESH_HELD";
  return {
    reason: claimed.failureReason === "REJECTION_DOUBTED" ? "REJECTION_DOUBTED" : reason,
    providerError: claimed.failureProviderError,
    credential: "",
    until: wasDoubted(claimed) ? afterOthers(until, random) : until,
  };
};

const endHold = async (deps: RejectionDoubtDeps, { claimed, prepared: { key } }: Attempt): Promise<void> => {
  try {
    if (!(await deps.store.providerHealth.endHold(key.registrationId))) return;
    deps.troubleReports.changed("released", claimed);
    await spareRejected(deps, key.registrationId);
    await retryAll(deps, key.registrationId, ["REJECTION_DOUBTED", "REFRESH_HELD"], claimed);
  } catch (error) {
    deps.troubleReports.missed("end of the doubt not noted", error, claimed);
  }
};

const BATCH = 100;
const SPREAD_SECONDS = 60;

const spareRejected = async (
  { store, reports }: RejectionDoubtDeps,
  registrationId: string,
): Promise<void> => {
  const spare = {
    withinSeconds: REJECTIONS_WITHIN_SECONDS,
    reason: "REAUTHORIZATION_REQUIRED",
    sparedReason: "REJECTION_DOUBTED",
    spreadSeconds: SPREAD_SECONDS,
    limit: BATCH,
  } satisfies { reason: FailureReason; sparedReason: FailureReason } & Record<string, unknown>;
  for (;;) {
    const rows = await store.tokens.spareRejected(registrationId, spare);
    rows.forEach((row) => reports.spared(row));
    if (rows.length < BATCH) return;
  }
};
