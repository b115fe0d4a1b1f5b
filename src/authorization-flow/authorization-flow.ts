import { createIdTokenVerifier, createOpenIdDiscovery } from "../oauth/index.ts";
import type { Grant } from "../store/index.ts";
import { type Callback, type CallbackResult, createCallback } from "./callback.ts";
import { type CompletedLogin, type CompleteLoginRequest, createCompleteLogin } from "./complete-login.ts";
import { type CompleteOptions, type CompleteRequest, createComplete } from "./complete.ts";
import { type AuthorizationView, createGet, type GetRequest } from "./get.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { createRedeemer } from "./redeem.ts";
import { createStartLogin, type StartedLogin, type StartLoginRequest } from "./start-login.ts";
import { createStart, type StartedAuthorization, type StartRequest } from "./start.ts";

export interface AuthorizationFlow {
  /**
   * Begins a flow. Nothing is stored unless everything about the request is right.
   *
   * @throws BrokerError INVALID_REQUEST, REDIRECT_URI_NOT_ALLOWED, PROVIDER_NOT_FOUND, PROVIDER_MISCONFIGURED, NOT_AVAILABLE.
   */
  start(request: StartRequest): Promise<StartedAuthorization>;
  /**
   * Takes a provider's answer. What is wrong with the answer is a result, not an error.
   *
   * @throws BrokerError STORE_UNAVAILABLE when nothing was consumed, so that the same answer may come again.
   */
  handleCallback(callback: Callback): Promise<CallbackResult>;
  /**
   * Redeems the parked code of a ticket, once; the same ticket from the same caller then gets the recorded answer.
   *
   * @throws BrokerError TICKET_REJECTED for anybody else's, TICKET_EXPIRED, DEADLINE_EXCEEDED while another call still redeems, and the
   *   reason of a failed redemption.
   */
  complete(request: CompleteRequest, options?: CompleteOptions): Promise<Grant>;
  /**
   * Begins a login. Nothing is stored unless everything about the request is right.
   *
   * @throws BrokerError as `start`; PROVIDER_NOT_FOUND when the provider is not offered for login.
   */
  startLogin(request: StartLoginRequest): Promise<StartedLogin>;
  /**
   * Redeems the parked code of a login, once, and answers who logged in. No token is kept unless the request names a connection for it.
   *
   * @throws BrokerError TICKET_REJECTED for another caller's ticket or another browser's, TICKET_EXPIRED when it is used or too old, both without a call
   *   to the provider; IDENTITY_NOT_VERIFIED, and the other reasons of a failed redemption.
   */
  completeLogin(request: CompleteLoginRequest): Promise<CompletedLogin>;
  /** @throws BrokerError AUTHORIZATION_NOT_FOUND. */
  get(request: GetRequest): Promise<AuthorizationView>;
}

/** @throws BrokerError INVALID_REQUEST when `CONNECT_REDIRECT_ALLOW_HOSTS` or `CONNECT_DEFAULT_REDIRECT_URI` cannot be used. */
export const createAuthorizationFlow = (options: AuthorizationFlowOptions): AuthorizationFlow => {
  const redeemer = createRedeemer(options);
  const { egress, clock } = options;
  const verifyIdToken = createIdTokenVerifier(egress);
  return {
    start: createStart(options),
    handleCallback: createCallback(options, redeemer),
    complete: createComplete(options, redeemer),
    startLogin: createStartLogin(options, createOpenIdDiscovery(egress, clock)),
    completeLogin: createCompleteLogin(options, redeemer, { egress, verifyIdToken }),
    get: createGet(options),
  };
};
