/**
 * The store room owns the database: opening it, migrating it, and every statement that runs on it, as repositories by noun. It seals
 * secrets on the way in and opens them on request. It owns no policy: when a token is due, what a failure means and whom to call are
 * values its callers pass. A provider is a string here.
 *
 * Laws:
 * - Every write is one autocommit statement; races are decided by its condition (compare-and-set), never by a lock held across statements.
 * - The only clock is the SQL function `broker_now()`; a read returns it beside the row.
 * - Every secret column X has a sibling `X_key_id`, and opens only in its row, for its version and its pins.
 * - `version` and `revision` come from sequences: they never repeat, and never fall for a key.
 * - Nothing crosses a namespace.
 * - A driver's error leaves this room as a `BrokerError` without its detail or parameters (`database/errors.ts`).
 */
export type {
  AuditEvent,
  AuditEventRepository,
  AuditFilter,
  AuditPage,
  NewAuditEvent,
} from "./audit/audit-event.ts";
export type {
  AuthorizationOutcome,
  AuthorizationPurpose,
  AuthorizationRow,
  AuthorizationStatus,
  CompletionMode,
  NewAuthorization,
  PinnedFlow,
  SealedFlow,
} from "./authorizations/authorization.ts";
export { authorizationStatus } from "./authorizations/authorization-status.ts";
export type { AuthorizationRepository } from "./authorizations/repository.ts";
export type { Database, DatabaseOptions, DatabaseSource, NewClient } from "./database/database.ts";
export { type ChangeHints, createLocalHints } from "./changes/change-hints.ts";
export { checkKyselyVersion } from "./database/kysely-version.ts";
export { openDatabase } from "./database/open-database.ts";
export { entities } from "./entities/index.ts";
export { routines } from "./entities/routines.ts";
export type { Grant, GrantKey, Pins } from "./grant.ts";
export {
  KeyCheckError,
  type KeyRepository,
  type KeyUse,
  type MissingKey,
  type ResealCursor,
  type ResealedBatch,
} from "./keys/repository.ts";
export { type InstanceGuard, openInstanceGuard, unguarded } from "./instance/instance-guard.ts";
export type { InstanceRepository } from "./instance/instance-repository.ts";
export { createSolitude, type Liveness } from "./liveness/liveness.ts";
export { openLiveness } from "./liveness/open-liveness.ts";
export { migrations } from "./migrations/index.ts";
export type { Moment } from "./moment.ts";
export type {
  ClaimedRegistration,
  NewOAuthClient,
  OAuthClientKey,
  OAuthClientOrigin,
  OAuthClientRepository,
  OAuthClientRow,
  RegistrationClaim,
  RetirementReason,
} from "./oauth-clients/oauth-client.ts";
export type {
  ClientBlock,
  HealthKey,
  OutcomeSum,
  ProviderHealthRepository,
  RefreshHold,
  RegistrationOutcomes,
  Standing,
  Troubles,
} from "./provider-health/provider-health.ts";
export type { NewProvider, ProviderRepository, ProviderRow, ProviderSummary } from "./providers/provider.ts";
export type { Rate, RateLimitRepository, Taken } from "./rate-limits/rate-limit.ts";
export type { OrphanToken, QueuedRevocation, RevocationRepository } from "./revocations/revocation.ts";
export { openSpool } from "./spool/open-spool.ts";
export type { Spool, SpooledName, SpooledToken } from "./spool/spool.ts";
export { createStore, type Store, type StoreOptions } from "./store.ts";
export { instancePaused } from "./tokens/claim.ts";
export type {
  ConnectionChange,
  ConnectionChangeFilter,
  ConnectionChangePage,
  TokenChange,
  TokenChanges,
  WritersSeen,
} from "./tokens/changes.ts";
export type { GrantAccount } from "./tokens/find-account.ts";
export type { TokenRepository } from "./tokens/repository.ts";
export type {
  BatchOfSwitched,
  CallUp,
  ChangedToken,
  ClaimedToken,
  DueRegistration,
  DueTokens,
  GrantToken,
  NamedToken,
  NewToken,
  PutCondition,
  PutOff,
  RefreshableRegistration,
  RefreshFailure,
  SealedToken,
  SpareRejected,
  SwitchAction,
  SwitchCounts,
  SwitchFilter,
  TokenFilter,
  TokenPage,
  TokenRow,
  TokenStatus,
  TokenUpdate,
  TokenUse,
  TokenValues,
} from "./tokens/token.ts";
