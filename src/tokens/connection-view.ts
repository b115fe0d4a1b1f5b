import type { TokenRow, TokenStatus } from "../store/index.ts";
import type { FailureReason } from "./obstacle.ts";

/** A grant as it is shown, without its secrets. */
export interface ConnectionView {
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
  readonly mcpServerUrl: string;
  readonly namespace: string;
  readonly status: TokenStatus;
  readonly scopes: readonly string[];
  readonly version: bigint;
  readonly revision: bigint;
  readonly expiresAt: Date | undefined;
  readonly refreshExpiresAt: Date | undefined;
  /** There is a refresh token, and the grant is not dead. */
  readonly refreshable: boolean;
  /** When the background refresh or the next retry is due. */
  readonly nextRefreshAt: Date | undefined;
  readonly lastError: ConnectionErrorView | undefined;
  readonly providerMetadata: Readonly<Record<string, string>>;
  readonly providerConfig: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly accountLabel: string;
  /** It is known whose account it is. */
  readonly accountPinned: boolean;
  readonly createdAt: Date;
  readonly authorizedAt: Date;
  readonly lastRefreshedAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
}

export interface ConnectionDetails extends ConnectionView {
  /** What GetToken knows besides the main token, by `token_name`. */
  readonly tokenNames: readonly string[];
}

export interface ConnectionErrorView {
  /** A reason of the contract. */
  readonly reason: string;
  /** The provider's `error` code of a known list, else empty. */
  readonly providerError: string;
  readonly occurredAt: Date;
  readonly consecutive: number;
}

export const connectionView = (row: TokenRow): ConnectionView => {
  const refreshable = row.hasRefreshToken && row.status !== "needs_reauth";
  return {
    connectionId: row.connectionId,
    userId: row.userId,
    provider: row.provider,
    mcpServerUrl: row.mcpServerUrl,
    namespace: row.namespace,
    status: row.status,
    scopes: row.scopes,
    version: row.version,
    revision: row.revision,
    expiresAt: row.expiresAt ?? undefined,
    refreshExpiresAt: row.refreshExpiresAt ?? undefined,
    refreshable,
    nextRefreshAt: refreshable ? nextRefreshOf(row) : undefined,
    lastError: lastErrorOf(row),
    providerMetadata: row.providerMetadata,
    providerConfig: row.pins.providerConfig,
    labels: row.labels,
    accountLabel: row.accountLabel,
    accountPinned: row.accountPinned,
    createdAt: row.createdAt,
    authorizedAt: row.authorizedAt,
    lastRefreshedAt: row.lastRefreshedAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
  };
};

/** After a failure both times count: not before the back-off ends, and not before it is due. */
const nextRefreshOf = ({ nextRefreshAt, nextAttemptAt }: TokenRow): Date | undefined => {
  if (nextRefreshAt === null || nextAttemptAt === null) return nextRefreshAt ?? nextAttemptAt ?? undefined;
  return nextAttemptAt > nextRefreshAt ? nextAttemptAt : nextRefreshAt;
};

const lastErrorOf = (row: TokenRow): ConnectionErrorView | undefined =>
  row.failureReason === "" || row.failureAt === null
    ? undefined
    : {
        reason: publicReason(row),
        providerError: row.failureProviderError,
        occurredAt: row.failureAt,
        consecutive: row.failureCount,
      };

/** The protocol's own words are no reasons of the contract: what they mean for the grant is. */
const publicReason = ({ failureReason, status }: TokenRow): string => {
  if (!OWN_WORDS.has(failureReason)) return failureReason;
  return status === "needs_reauth" ? "REAUTHORIZATION_REQUIRED" : "PROVIDER_UNAVAILABLE";
};

const OWN_WORDS: ReadonlySet<string> = new Set<FailureReason>([
  "REFRESH_OUTCOME_UNKNOWN",
  "REJECTION_DOUBTED",
  "REFRESH_HELD",
]);
