/** `token-broker/client/node`: reaches the broker over HTTP/2 with client certificates, as `fetch` cannot. The only part of the client that needs Node. */
export {
  createNodeTransport,
  type NodeTransport,
  type NodeTransportOptions,
  type TlsFiles,
} from "./transport.ts";
