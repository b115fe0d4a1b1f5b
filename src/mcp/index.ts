/**
 * MCP servers by their URL: from the URL, or the challenge that a caller met, to an authorization server, a client at it, and everything that a flow pins
 * (MCP authorization, 2026-07-28). Owns discovery, the rules about who may speak for whom, and the broker's own clients at servers that nobody configured.
 * Does not own the protocol towards a server that is known (oauth), the flow (authorization-flow), or the life of a grant (tokens): to them a discovered
 * server is a registration like any other.
 *
 * Laws:
 * - Every URL here is chosen by a stranger: each is judged by the guarded egress, at each hop, and nothing else is tried when one is refused.
 * - Nothing is kept from one discovery for the next. What a grant uses was pinned when its flow began: issuer, endpoints, client, resource.
 * - A client belongs to one issuer, and one that the broker registered to one namespace, issuer, resource and callback. It is never sent to another.
 * - No client of a provider is used for an MCP server, whatever vendor's URLs its metadata name.
 * - Identifiers are compared as the strings they are: issuers, `iss`, resources in requests.
 * - A refusal says which rule and which of the caller's URLs; never a body, an address or a header of the other side.
 */
export { DISCOVERY_MS } from "./budget.ts";
export { callbackKey } from "./callback-key.ts";
export type { McpCheck, McpCheckRequest } from "./check-server.ts";
export { type ClientDocument, type ClientDocuments, createClientDocuments } from "./client-document.ts";
export { preRegisteredClient } from "./clients/pre-registered.ts";
export type { ClientSource } from "./clients/mcp-client.ts";
export type { McpDeps } from "./deps.ts";
export type { GivenChallenge, Warning } from "./discovered.ts";
export {
  createMcpServers,
  type McpServers,
  type PreparedServer,
  type PrepareRequest,
} from "./mcp-servers.ts";
export {
  createOAuthClients,
  type ListOAuthClientsRequest,
  type OAuthClientPage,
  type OAuthClients,
  type OAuthClientView,
  type RegisterOAuthClientRequest,
} from "./oauth-clients.ts";
export type { PreRegisteredTarget, TargetRequest } from "./pre-registered-target.ts";
export { withMcpServers } from "./with-mcp-servers.ts";
