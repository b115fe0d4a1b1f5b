/**
 * The client of services that consume tokens. Owns the cache of tokens, when the broker is asked, what is retried and for how long, and where a token may
 * be sent. Knows nothing of the broker's inside: it imports the generated messages, Connect and Protobuf, and runs wherever `fetch` does. `node/` has the
 * transport that needs Node.
 *
 * Laws: an expired or rejected token is never handed out; a token that works is not withheld because the broker is away; a token goes to no origin but
 * those that the broker names, over no redirect to another; every wait ends with the caller's signal and deadline.
 */
export type { AccessToken, TokenDegradation, TokenUsage } from "./access-token.ts";
export type { Connection, TokenRequest } from "./connection.ts";
export { apiKey, type Credentials, jwt } from "./credentials.ts";
export {
  AuthorizationRequiredError,
  type BrokerClient,
  OriginUnknownError,
  type ReconnectLink,
  type ReconnectOptions,
  TokenBrokerError,
} from "./errors.ts";
export type { Fetch } from "./fetch-client.ts";
export {
  createTokenBroker,
  type TokenBroker,
  type TokenBrokerOptions,
  type TokenOutcome,
} from "./token-broker.ts";
export type { TokenOptions, TokenSource } from "./token-source.ts";
export { createTransport, type TransportOptions } from "./transport.ts";
export { withToken, type WithTokenOptions } from "./with-token.ts";
