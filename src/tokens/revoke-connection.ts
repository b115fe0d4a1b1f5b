import type { GrantSelector } from "../registrations/index.ts";
import type { GrantKey, QueuedRevocation, Store, TokenRow } from "../store/index.ts";
import type { Metrics } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";
import { SECOND } from "../time.ts";
import { notFound } from "./candidate.ts";
import { type DeliverDeps, type Delivery, deliverRevocation } from "./deliver-revocation.ts";
import { grantKey } from "./grant-key.ts";
import { type CallOptions, createPatience, LATE } from "./patience.ts";
import { findPinnedProvider } from "./pinned-provider.ts";

export interface RevokeConnectionRequest extends GrantSelector {
  /** Call the vendor even where that ends other connections of the same account. */
  readonly forceShared?: boolean | undefined;
  /** An absent grant is no error: for a caller that retries. */
  readonly allowMissing?: boolean | undefined;
}

/** What became of the vendor's side. */
export type ProviderRevocation = Delivery | "skipped_shared";

export interface RevokeDeps extends DeliverDeps {
  readonly store: Pick<Store, "tokens" | "revocations">;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, "transitions">;
  readonly owner: string;
  /** Work that outlives its caller; shutdown waits for it. */
  background(work: Promise<unknown>): void;
}

/** The caller waits at most so long for the vendor's answer. */
const WAIT_FOR_VENDOR_MS = 5 * SECOND;

/** Longer than the two calls it covers may take, so that no other replica repeats them meanwhile. */
const LEASE_SECONDS = 45;

/**
 * Ends a grant: here first, in one statement that also hands the tokens to the outbox, so that nothing is served from then on whatever happens next; then
 * at the vendor.
 *
 * @throws BrokerError CONNECTION_NOT_FOUND unless `allowMissing`.
 */
export const revokeConnection = async (
  deps: RevokeDeps,
  request: RevokeConnectionRequest,
  { signal }: CallOptions,
): Promise<ProviderRevocation> => {
  const key = grantKey(request);
  const row = await deps.store.tokens.find(key);
  const plan = row ? await planFor(deps, row, request.forceShared ?? false) : "queued";
  const queue = plan === "queued" ? { owner: deps.owner, leaseSeconds: LEASE_SECONDS } : undefined;
  const queued = await deps.store.tokens.revoke(key, queue);
  if (queued !== undefined) {
    report(deps, key);
    return plan === "queued" ? await waitForVendor(deps, queued, signal) : plan;
  }
  if (request.allowMissing !== true) throw notFound();
  return "not_supported";
};

const report = ({ logger, metrics }: RevokeDeps, { namespace, connectionId, provider }: GrantKey): void => {
  metrics.transitions.inc({ provider, status: "revoked" });
  logger.info("connection revoked", { namespace, connection_id: connectionId, provider });
};

type Plan = "queued" | "not_supported" | "skipped_shared";

const planFor = async (deps: RevokeDeps, row: TokenRow, forceShared: boolean): Promise<Plan> => {
  const provider = await findPinnedProvider(deps.registrations, row);
  // A registration that is missing now may be back within the outbox's 24 hours.
  if (!provider.ok) return row.pins.revokeUrl === "" ? "not_supported" : "queued";
  if (provider.endpoints.revokeUrl === "") return "not_supported";
  const endsOthers = provider.definition.revokeEndsConsent && !forceShared && (await isShared(deps, row));
  return endsOthers ? "skipped_shared" : "queued";
};

const LOOK_AT = 100;

/**
 * Whether another live connection hangs on the same consent: of the same person with the same client, unless both are labelled as different accounts.
 * In doubt it does, because ending a grant that somebody uses is worse than leaving one alive that ends by itself.
 */
const isShared = async ({ store }: RevokeDeps, row: TokenRow): Promise<boolean> => {
  const { namespace, userId, provider } = row;
  const { tokens } = await store.tokens.list(
    { namespace, userId, provider, statuses: ["active", "degraded", "blocked"] },
    { size: LOOK_AT, token: "" },
  );
  return tokens.some(
    (other) =>
      other.id !== row.id &&
      other.pins.clientId === row.pins.clientId &&
      (other.accountLabel === row.accountLabel || other.accountLabel === "" || row.accountLabel === ""),
  );
};

const waitForVendor = async (
  deps: RevokeDeps,
  queued: readonly QueuedRevocation[],
  signal: AbortSignal | undefined,
): Promise<ProviderRevocation> => {
  const deliveries = Promise.all(queued.map((revocation) => deliverRevocation(deps, revocation)));
  deps.background(deliveries);
  const outcome = await createPatience(deps.clock, WAIT_FOR_VENDOR_MS, signal).within(deliveries);
  if (outcome === LATE || outcome.includes("queued")) return "queued";
  return outcome.includes("done") ? "done" : "not_supported";
};
