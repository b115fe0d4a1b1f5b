/**
 * How a person's consent becomes a stored token: starting a flow, judging the provider's answer, redeeming its code at once or by ticket, and
 * telling how it ended. Owns the rules for return addresses and everything the callback believes. Does not own HTTP (http-callback), the token
 * endpoint's answer (oauth), the token row (a function value stores it), or the statements that make a flow single-use (store).
 *
 * Laws:
 * - A state is consumed by one statement; of any number of equal callbacks one goes on, and everything after is recorded in the row.
 * - What the exchange uses was pinned when the flow started; nothing of it comes from the answer but the code.
 * - Unknown, expired, used and foreign states are one result, in one time.
 * - A vendor's words never leave: a browser gets one of nine fixed codes, an application one of a closed list of reasons.
 * - A login and a connection never take each other's answers, tickets or callbacks; a login is proven before it is answered, and keeps no token unless it is told to.
 * - A browser is sent only to an address that the operator allowed before the flow began.
 */
export { type AuthorizationFlow, createAuthorizationFlow } from "./authorization-flow.ts";
export type { CallbackEvent } from "./options.ts";
export type { AuthorizationFlowOptions, AuthorizedTokens, FlowSettings, StoreTokens } from "./options.ts";
export type { Callback, CallbackOutcome, CallbackResult } from "./callback.ts";
export type { CompleteOptions, CompleteRequest } from "./complete.ts";
export type { FailureCode, FailureReason } from "./failure.ts";
export type { AuthorizationView, GetRequest } from "./get.ts";
export type { GrantSelector } from "../registrations/index.ts";
export type { CompletedLogin, CompleteLoginRequest } from "./complete-login.ts";
export type { EmailAuthority, LoginIdentity } from "./identity.ts";
export type { StartedLogin, StartLoginRequest } from "./start-login.ts";
export type { StartedAuthorization, StartRequest } from "./start.ts";
