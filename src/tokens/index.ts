/**
 * The life of a grant: which token a caller gets, when it is refreshed and by whom, what a failure means, and how a grant ends. Owns the refresh protocol,
 * its timing and its merge rules. Does not own how a person authorizes (authorization-flow), what is said to a provider (oauth), or rows (store).
 *
 * Laws:
 * - A refresh token is spent by one process at a time: claim, call, save, each its own statement, with compare-and-set on `version`.
 * - A token that works is never withheld because something fails; one that has expired is never answered as good.
 * - Only the provider's rejection of the refresh token ends a grant. Trouble of networks, clients and servers does not.
 * - What was sent is finished, whoever stops waiting for it. A refreshed token that cannot be stored is kept, served and stored later.
 * - Time is the database's; this process measures durations only.
 */
export {
  type ConnectionDetails,
  type ConnectionErrorView,
  connectionView,
  type ConnectionView,
} from "./connection-view.ts";
export type { GetTokenRequest } from "./get-token.ts";
export type { TokenAnswer } from "./get-tokens.ts";
export type { ImportTokenRequest } from "./import-token.ts";
export type { ConnectionPage, ListConnectionsRequest } from "./list-connections.ts";
export type { KillSwitchRequest, KillSwitchResult } from "./kill-switch.ts";
export type { CallOptions } from "./patience.ts";
export type { RefreshTokenRequest } from "./refresh-now.ts";
export type { ProviderRevocation, RevokeConnectionRequest } from "./revoke-connection.ts";
export type { AuthorizedGrant } from "./store-authorized.ts";
export {
  createTokenManager,
  SETTLE_MORE_MS,
  type TokenManager,
  type TokenManagerDeps,
  type TokenSettings,
  type UnsavedGrant,
} from "./token-manager.ts";
export type { Degraded, DegradedReason, TokenView } from "./token-view.ts";
