import { BrokerError } from "../errors.ts";
import type { OAuthFailure } from "../oauth/index.ts";
import type { ChangedToken, ClaimedToken, TokenRow } from "../store/index.ts";
import { errorClass, type LogFields, type Logger, type Metrics } from "../telemetry/index.ts";

/** What the refresh protocol says about itself: one log line for each event and each change of state, and the counters. Never a token or a user. */
export interface RefreshReports {
  saved(row: ChangedToken): void;
  /** The provider's answer, before it is judged. */
  failed(claimed: ClaimedToken, failure: OAuthFailure): void;
  /** The row says something new. */
  recorded(row: ChangedToken): void;
  /** A rejection was taken back. */
  spared(row: TokenRow): void;
  /** The new token lives in this process alone. */
  unsaved(claimed: ClaimedToken, error: unknown): void;
  /** Sent, and not answered before this process ended. */
  cutOff(claimed: ClaimedToken): void;
  /** The row moved on while the provider answered. */
  lost(claimed: ClaimedToken, reason: "revoked" | "replaced"): void;
  leaseKept(claimed: ClaimedToken, error: unknown): void;
  defect(claimed: ClaimedToken, error: unknown): void;
}

export const createRefreshReports = (
  logger: Logger,
  metrics: Pick<Metrics, "refreshes" | "transitions">,
): RefreshReports => {
  const count = ({ provider }: TokenRow, outcome: string): void =>
    metrics.refreshes.inc({ provider, outcome });
  const transition = (row: ChangedToken): void => {
    if (row.statusBefore === row.status) return;
    metrics.transitions.inc({ provider: row.provider, status: row.status });
    const fields = { ...nameOf(row), status: row.status, reason: row.failureReason };
    logger.info("connection changed state", fields);
  };
  return {
    saved(row) {
      count(row, "refreshed");
      logger.info("token refreshed", { ...nameOf(row), version: String(row.version) });
      transition(row);
    },
    failed(claimed, failure) {
      count(claimed, failure.class);
      logger.warn("refresh failed", { ...nameOf(claimed), ...failureFields(failure) });
    },
    recorded: transition,
    spared: (row) => transition({ ...row, statusBefore: "needs_reauth" }),
    unsaved(claimed, error) {
      count(claimed, "unsaved");
      logger.error("refreshed token not saved yet", { ...nameOf(claimed), error_class: errorClass(error) });
    },
    cutOff(claimed) {
      logger.warn("refresh cut off before the provider answered, its outcome is unknown", nameOf(claimed));
    },
    lost(claimed, reason) {
      count(claimed, reason);
      logger.info("refreshed token not needed any more", { ...nameOf(claimed), reason });
    },
    leaseKept(claimed, error) {
      logger.warn("lease not given back", { ...nameOf(claimed), error_class: errorClass(error) });
    },
    defect(claimed, error) {
      logger.error("refresh ended in a defect", { ...nameOf(claimed), error_class: errorClass(error) });
    },
  };
};

const nameOf = ({ namespace, connectionId, provider }: TokenRow): LogFields => ({
  namespace,
  connection_id: connectionId,
  provider,
});

const failureFields = (failure: OAuthFailure): LogFields => ({
  reason: failure.class,
  provider_error: failure.providerError,
  http_status: failure.httpStatus,
  retry_after_ms: failure.retryAfterMs,
  // A host that the broker may not call is the operator's to allow.
  code: failure.cause instanceof BrokerError ? failure.cause.code : undefined,
});
