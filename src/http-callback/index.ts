/**
 * The public HTTP endpoint: the callback that providers send browsers to, the pages a person may see there, and the documents that authorization servers
 * fetch to learn who the broker is. Owns paths, methods, limits, strict
 * decoding, headers and words. Does not own what a callback means (authorization-flow).
 *
 * Laws:
 * - Nothing of a request is ever shown, logged or stored: no query, no body, no address of a client.
 * - Nothing here returns a token, and a document holds nothing that is not public.
 * - Every page is a constant: no script, no image, no form, one style that the policy names by its hash.
 * - HEAD and prefetches reach no flow.
 */
export {
  type CallbackHandler,
  type CallbackHandlerOptions,
  createCallbackHandler,
} from "./callback-handler.ts";
export { createDocumentHandler, type DocumentHandlerOptions } from "./document-handler.ts";
export { type CallbackServer, type CallbackServerOptions, createCallbackServer } from "./callback-server.ts";
