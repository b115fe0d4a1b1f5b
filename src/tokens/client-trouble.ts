import { type Egress, type OAuthFailure, probeClient, type ProbeVerdict } from "../oauth/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { HealthKey, PutOff, Standing, Store } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { nextProbe } from "./next-probe.ts";
import type { Attempt } from "./prepared.ts";
import { providerCall, type ProviderCallDeps } from "./provider-call.ts";
import { retryAll, type RetryAllDeps } from "./retry-all.ts";

export interface ClientTroubleDeps extends ProviderCallDeps, RetryAllDeps {
  readonly store: Pick<Store, "tokens" | "providerHealth">;
  readonly egress: Egress;
  readonly registrations: Pick<Registrations, "trustOf" | "callbackUrl">;
  readonly random: () => number;
  background(work: Promise<unknown>): void;
}

/**
 * Client credentials that a provider refuses. They are blocked, at that origin, when three grants met a refusal within a minute or a probe did, and nobody
 * calls with them but one probe a minute over all replicas. A block ends with whatever shows that the provider knows the client. It never ends a grant.
 */
export interface ClientTrouble {
  /** Undefined = call. One caller a minute finds out itself whether the block still stands. */
  standsAgainst(attempt: Attempt, standing: Standing): Promise<PutOff | undefined>;
  /** The provider answered as it does to a client that it knows. */
  accepted(attempt: Attempt): void;
  /** Answers until when the credentials are blocked; undefined = they are not. */
  refused(attempt: Attempt, failure: OAuthFailure): Promise<Date | undefined>;
}

export const createClientTrouble = (deps: ClientTroubleDeps): ClientTrouble => {
  const health = deps.store.providerHealth;
  /** When this replica last saw credentials work, by the database's clock. */
  const acceptedAt = new Map<string, Date>();
  return {
    async standsAgainst(attempt, { block, now }) {
      if (block === undefined) return undefined;
      const { key } = attempt.prepared;
      const mayProbe = block.nextProbeAt <= now && (await health.claimProbe(key));
      if (!mayProbe) return stopped(key, block.providerError, nextProbe(block.nextProbeAt, now));
      const verdict = deps.random() < REFRESH_SHARE ? "unknown" : await probe(deps, attempt);
      if (verdict === "refused") return stopped(key, block.providerError, nextProbe(now, now));
      if (verdict === "accepted") await endBlock(deps, attempt);
      return undefined;
    },
    accepted(attempt) {
      const { claimed, prepared } = attempt;
      acceptedAt.set(nameOf(prepared.key), claimed.now);
      if (claimed.providerTroubled) deps.background(noted(deps, attempt, endBlock(deps, attempt)));
    },
    async refused(attempt, { providerError }) {
      const { claimed, prepared } = attempt;
      const { blockedUntil, began } = await health.recordRefusal(prepared.key, {
        provider: claimed.provider,
        tokenId: claimed.id,
        providerError,
        acceptedAt: acceptedAt.get(nameOf(prepared.key)),
      });
      if (began) reportBlocked(deps, attempt, providerError);
      if (blockedUntil === undefined)
        deps.background(noted(deps, attempt, confirm(deps, attempt, providerError)));
      return blockedUntil;
    },
  };
};

const nameOf = ({ registrationId, origin, credential }: HealthKey): string =>
  JSON.stringify([registrationId, origin, credential]);

const stopped = ({ credential }: HealthKey, providerError: string, until: Date): PutOff => ({
  reason: "PROVIDER_MISCONFIGURED",
  providerError,
  credential,
  until,
});

/** A vendor may refuse a made-up code in the words it has for unknown clients. So one probe in five is a refresh: if the client is refused, that spends no token. */
const REFRESH_SHARE = 1 / 5;

/** So short that a refresh may follow within the lease. */
const PROBE_TIMEOUT_MS = 5 * SECOND;

const probe = async (deps: ClientTroubleDeps, { claimed, prepared }: Attempt): Promise<ProbeVerdict> => {
  const call = providerCall(deps, claimed.pins, prepared.provider);
  const verdict = await probeClient(deps.egress, {
    ...call,
    redirectUri: deps.registrations.callbackUrl(claimed),
    timeoutMs: Math.min(deps.providerTimeoutMs, PROBE_TIMEOUT_MS),
  });
  deps.troubleReports.probed(verdict, claimed, { host: new URL(prepared.key.origin).host });
  return verdict;
};

/** Whether the refusal of one grant is everybody's. A grant that is refused alone, a junk token or a closed shop, is its own affair. */
const confirm = async (deps: ClientTroubleDeps, attempt: Attempt, providerError: string): Promise<void> => {
  const { key } = attempt.prepared;
  const health = deps.store.providerHealth;
  if (!(await health.claimProbe(key))) return;
  const verdict = await probe(deps, attempt);
  if (verdict === "accepted") await endBlock(deps, attempt);
  if (verdict === "refused" && (await health.block(key))) reportBlocked(deps, attempt, providerError);
};

const endBlock = async (deps: ClientTroubleDeps, { claimed, prepared: { key } }: Attempt): Promise<void> => {
  if (!(await deps.store.providerHealth.recordAcceptance(key))) return;
  deps.troubleReports.changed("unblocked", claimed, { host: new URL(key.origin).host });
  await retryAll(deps, key.registrationId, ["PROVIDER_MISCONFIGURED"], claimed);
};

const reportBlocked = (
  { troubleReports }: ClientTroubleDeps,
  { claimed, prepared: { key } }: Attempt,
  providerError: string,
): void =>
  troubleReports.changed("blocked", claimed, {
    provider_error: providerError,
    host: new URL(key.origin).host,
  });

const noted = async (
  { troubleReports }: ClientTroubleDeps,
  { claimed }: Attempt,
  work: Promise<void>,
): Promise<void> => {
  try {
    await work;
  } catch (error) {
    troubleReports.missed("state of the client's credentials not noted", error, claimed);
  }
};
