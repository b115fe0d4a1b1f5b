/**
 * Tokens without a browser: the client's own (RFC 6749 section 4.4), and those that an enterprise's identity provider vouches for. Owns which grant goes
 * where and in which order. Does not own the servers (registrations, mcp), the requests (oauth), or the token row (a function value stores it).
 *
 * Laws:
 * - Each grant must have been allowed to the client when it was registered.
 * - A person's token goes to the identity provider that an operator registered a client at, once, and is kept nowhere.
 */
export {
  type AcquireTokenRequest,
  type Acquisition,
  type AcquisitionDeps,
  createAcquisition,
  type EnterpriseGrant,
} from "./acquire-token.ts";
