import type { Sealed } from "../../crypto/index.ts";
import type { GrantKey, Pins } from "../grant.ts";
import type { Moment } from "../moment.ts";

/** ACTIVE ⇄ DEGRADED → NEEDS_REAUTH → ACTIVE, and BLOCKED by a kill switch. A revoked grant has no row to read. */
export type TokenStatus = "active" | "degraded" | "needs_reauth" | "blocked";

export const TOKEN_STATUSES: readonly TokenStatus[] = ["active", "degraded", "needs_reauth", "blocked"];

/** A stored token set of a grant. All times are the database's. */
export interface TokenRow extends GrantKey {
  /** The row, for later statements about it. Opaque. */
  readonly id: string;
  readonly status: TokenStatus;
  /** Names this access token: from one sequence, never repeats or falls for a key, not after revoke and reconnect. */
  readonly version: bigint;
  /** Grows with every visible change. */
  readonly revision: bigint;
  readonly tokenType: string;
  readonly scopes: readonly string[];
  readonly requestedScopes: readonly string[];
  readonly issuedAt: Date;
  /** null = the vendor did not say and the catalog knows no default. */
  readonly expiresAt: Date | null;
  /** From issue to expiry; null exactly when `expiresAt` is. */
  readonly lifetimeSeconds: number | null;
  /** This access token came from a refresh, not from an authorization or an import. */
  readonly fromRefresh: boolean;
  readonly hasRefreshToken: boolean;
  readonly refreshExpiresAt: Date | null;
  readonly pins: Pins;
  readonly providerMetadata: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly accountLabel: string;
  readonly leaseOwner: string | null;
  readonly leaseSeq: bigint;
  readonly leaseUntil: Date | null;
  /** From when on the sweep refreshes it; null = never. */
  readonly nextRefreshAt: Date | null;
  /** Back-off after a failure: no refresh before it; null = at once. */
  readonly nextAttemptAt: Date | null;
  /** A `BrokerErrorCode` or a word of the refresh protocol; empty = the last refresh did not fail. */
  readonly failureReason: string;
  /** A vendor's `error` code of a known list, else empty. */
  readonly failureProviderError: string;
  /** Names the client credentials that the provider refused; empty = the failure was not about them, or nobody noted it. */
  readonly failureCredential: string;
  readonly failureAt: Date | null;
  /** Failures in a row. */
  readonly failureCount: number;
  readonly degradedSince: Date | null;
  /** The last time a caller reported the then current token as refused by the resource, and its version. Survives refreshes. */
  readonly rejectedAt: Date | null;
  readonly rejectedVersion: bigint | null;
  readonly createdAt: Date;
  readonly authorizedAt: Date;
  readonly lastRefreshedAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** Authorizations for more scopes, one after the other within ten minutes, without a sign that the resource accepts the token. */
  readonly stepUps: number;
  /** `broker_now()` of the statement that read the row: compare the times above with this one only. */
  readonly now: Date;
  /** Ciphertexts; only `openAccessToken` and `openRefreshToken` can use them. */
  readonly sealed: SealedToken;
}

export interface SealedToken {
  readonly accessToken: Sealed;
  readonly refreshToken: Sealed | undefined;
}

/** A row after a statement that may have moved it to another state. */
export interface ChangedToken extends TokenRow {
  /** Its state right before, whatever has happened to it since the claim. */
  readonly statusBefore: string;
}

/** A row whose refresh belongs to the claimer until `leaseUntil`. */
export interface ClaimedToken extends TokenRow {
  readonly leaseOwner: string;
  readonly leaseUntil: Date;
  /** Drawn by the claim for the token that this refresh will bring; nobody else gets it. */
  readonly nextVersion: bigint;
  /** Whose lease ran out unfinished: that owner may have spent the refresh token, so the outcome of its call is unknown. Else null. */
  readonly takenOverFrom: string | null;
  /** Some grant of its registration met a refusal of the client lately, or the registration is blocked or held: to be looked at before the call. */
  readonly providerTroubled: boolean;
  /** When the first claim began of those that ended without a word; this one, if it took nothing over. null = the row was taken from a replica that did not write it down. */
  readonly begunAt: Date | null;
}

/** What `saveRefreshed` needs of a claim: the row as it was then, and the version that was drawn. */
export type RefreshedRow = TokenRow & Pick<ClaimedToken, "nextVersion">;

/** What a token endpoint (or an importer) gave for one token, as both writers store it. */
interface OwnValues {
  readonly accessToken: string;
  /** The answer's text, kept sealed. */
  readonly raw: string;
  readonly tokenType: string;
  readonly scopes: readonly string[];
  readonly expires: Moment | undefined;
  /** When the sweep is to refresh it; undefined = never. */
  readonly nextRefresh: Moment | undefined;
}

export interface TokenValues extends OwnValues {
  /** How long ago the answer was received, by the replica's monotonic clock, measured just before the call: a save that is retried for minutes does not lengthen a token's life. */
  readonly receivedAgoMs: number;
}

/** One token of a grant, as an authorization or an import brings it. */
export interface GrantToken extends OwnValues {
  readonly refreshToken: string | undefined;
  readonly refreshExpires: Moment | undefined;
  readonly requestedScopes: readonly string[];
  readonly providerMetadata: Readonly<Record<string, string>>;
}

/** A further token of the same authorization, under a name that no other has. It shares everything else with the main one. */
export interface NamedToken extends GrantToken {
  readonly name: string;
}

/** After an exchange or an import: the main token, and the grant's named ones beside it. */
export interface NewToken extends GrantToken, TokenValues {
  /** Replaces every named token that the grant has; default none. */
  readonly named?: readonly NamedToken[];
  /** It was refreshed once before it is stored; default false. */
  readonly fromRefresh?: boolean;
  readonly pins: Pins;
  /** undefined = keep those of the present grant. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly accountLabel: string | undefined;
}

/** After a refresh. undefined = keep what is stored. */
export interface TokenUpdate extends TokenValues {
  readonly refreshToken: string | undefined;
  readonly refreshExpires: Moment | undefined;
  readonly providerMetadata: Readonly<Record<string, string>> | undefined;
}

/** A refresh that brought no token. */
export interface RefreshFailure {
  /** The state the row enters. "active": nothing visible but the failure itself. */
  readonly status: "active" | "degraded" | "needs_reauth";
  readonly reason: string;
  readonly providerError: string;
  /** Names the client credentials that were refused; absent = the failure was not about them. */
  readonly credential?: string;
  /** `afterSeconds` counts from this write. undefined = no back-off. */
  readonly nextAttempt: Moment | undefined;
  /** The provider asked for so long a rest (`Retry-After`): nothing ends the back-off earlier. */
  readonly notBeforeSeconds?: number;
}

/** Connections that wait out a back-off although their provider answers again. */
export interface CallUp {
  readonly registrationId: string;
  /** The endpoint that answers: where each connection has a host of its own, the others are none of its affair. */
  readonly tokenUrl: string;
  readonly reason: string;
  /** They are tried again at moments spread over so long a time. */
  readonly spreadSeconds: number;
  readonly limit: number;
}

/** Of one registration, only with the client id this replica has credentials for. */
export interface RefreshableRegistration {
  readonly id: string;
  readonly clientId: string;
  /** As `claim` takes it; default 0. */
  readonly reuseSeconds?: number;
}

/** Why a row that was claimed is not refreshed after all: something that concerns more grants than this one. */
export interface PutOff {
  readonly reason: string;
  readonly providerError: string;
  readonly credential: string;
  readonly until: Date;
}

/** Which rejections are not believed any more, and how their rows are marked. */
export interface SpareRejected {
  /** Rejected so short a time ago. */
  readonly withinSeconds: number;
  /** The reason that rejected rows have, and the one they get instead; rows with any other keep it. */
  readonly reason: string;
  readonly sparedReason: string;
  /** They are tried again at moments spread over so long a time. */
  readonly spreadSeconds: number;
  readonly limit: number;
}

export interface DueRegistration extends RefreshableRegistration {
  /** At most this many rows of it. */
  readonly limit: number;
}

export interface DueTokens {
  /** At most this many rows, taken in turns over the registrations. */
  readonly limit: number;
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly registrations: readonly DueRegistration[];
  /** Leaves out what has been due for longer; undefined = nothing. */
  readonly dueWithinSeconds?: number | undefined;
  /** Grants that nobody read for so many days are left alone; 0 = none. */
  readonly idleDays: number;
}

/** What must hold for `putAuthorized` to write; undefined = nothing. */
export type PutCondition =
  | { readonly kind: "absent" }
  | { readonly kind: "version"; readonly version: bigint };

export interface TokenFilter {
  readonly namespace: string;
  readonly userId?: string | undefined;
  readonly provider?: string | undefined;
  readonly mcpServerUrl?: string | undefined;
  /** Empty = all. */
  readonly statuses?: readonly TokenStatus[] | undefined;
  /** All of them must be on the row. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly expiresBefore?: Date | undefined;
}

export interface TokenPage {
  readonly tokens: readonly TokenRow[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/** How long ago a token was handed out, by the replica's monotonic clock. */
export interface TokenUse {
  readonly id: string;
  readonly usedAgoMs: number;
}
