/**
 * The public HTTP endpoint: the callback that providers send browsers to, and the pages a person may see there. Owns paths, methods, limits, strict
 * decoding, headers and words. Does not own what a callback means (authorization-flow).
 *
 * Laws:
 * - Nothing of a request is ever shown, logged or stored: no query, no body, no address of a client.
 * - Every page is a constant: no script, no image, no form, one style that the policy names by its hash.
 * - HEAD and prefetches reach no flow.
 */
export {
  type CallbackHandler,
  type CallbackHandlerOptions,
  createCallbackHandler,
} from "./callback-handler.ts";
export { type CallbackServer, type CallbackServerOptions, createCallbackServer } from "./callback-server.ts";
