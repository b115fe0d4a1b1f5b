import { parseClientMetadataUrl } from "../mcp/client-metadata-url.ts";
import { parseIssuer } from "../mcp/issuer.ts";
import { parseTrustItem } from "../mcp/trust.ts";
import { boolean, choice, displayName, list } from "../value-types.ts";
import { plain } from "./setting.ts";

export const mcpSettings = {
  mcpClientName: plain({
    name: "BROKER_MCP_CLIENT_NAME",
    group: "MCP servers",
    type: displayName,
    default: "Token Broker",
    doc: "What consent pages call this broker where it registers its own client. The MCP server's host is added, so that the page says where the token goes.",
  }),
  mcpClientMetadataUrl: plain({
    name: "BROKER_MCP_CLIENT_METADATA_URL",
    group: "MCP servers",
    type: {
      expects: "an https URL with a path, `{id}` in it or not, without user, query or fragment; or `off`",
      parse: parseClientMetadataUrl,
    },
    default: undefined,
    defaultText: "`<CONNECT_API_BASE>/connect/mcp-client/{id}`, if that is https",
    doc: "Where authorization servers fetch the broker's Client ID Metadata Documents; the public listener serves its path. With `{id}` each pair of MCP server and issuer has a document of its own. Without, there is one for all, which names no server, and it is used only with issuers that promise `iss` in their answers (RFC 9207). `off`: none.",
  }),
  mcpClients: plain({
    name: "BROKER_MCP_CLIENTS",
    group: "MCP servers",
    type: list((item) => item, "names of lower-case letters, digits, `_` and `-`"),
    default: [],
    defaultText: "none",
    doc: "Names of clients that were registered by hand at authorization servers of MCP servers. Each takes `BROKER_MCP_CLIENT_{NAME}_ISSUER`, `_CLIENT_ID`, `_CLIENT_SECRET`, `_TOKEN_ENDPOINT_AUTH_METHOD`, `_PRIVATE_KEY`, `_SIGNING_ALGORITHM`, `_KEY_ID` and `_GRANT_TYPES`. RegisterOAuthClient does the same for one namespace, and goes first there.",
  }),
  mcpTrust: plain({
    name: "BROKER_MCP_TRUST",
    group: "MCP servers",
    type: list(
      parseTrustItem,
      "`<host of the MCP server>=<issuer>`, host or host:port, issuer as its metadata spells it",
    ),
    default: [],
    defaultText: "none",
    doc: "Issuers on another registrable domain that an MCP server may send people to.",
  }),
  mcpCrossDomain: plain({
    name: "BROKER_MCP_CROSS_DOMAIN",
    group: "MCP servers",
    type: choice("report", "deny-known", "deny"),
    default: undefined,
    defaultText: "`deny-known` in production, `report` in development",
    doc: "What happens when an MCP server names an issuer on another registrable domain, and neither the issuer's `protected_resources` nor `BROKER_MCP_TRUST` says that the two belong together. `report`: `cross_domain_issuer` among the warnings. `deny-known`: refused if the issuer is of a vendor that the catalog knows, because a hostile server could collect that vendor's tokens; AcquireToken, whose tokens no person consents to, is refused whatever the issuer. `deny`: refused.",
  }),
  mcpAssumeS256: plain({
    name: "BROKER_MCP_ASSUME_S256",
    group: "MCP servers",
    type: list(parseIssuer, "issuers, each an https URL as its metadata spells it"),
    default: [],
    defaultText: "none",
    doc: "Issuers that support PKCE with S256 although their metadata does not say so. Without an entry such an issuer is refused (`PKCE_NOT_SUPPORTED`), as the MCP specification demands.",
  }),
  mcpLegacy: plain({
    name: "BROKER_MCP_LEGACY",
    group: "MCP servers",
    type: boolean,
    default: false,
    doc: "Whether a server without any protected-resource metadata (clean 404s) is taken for one of the specification of 2025-03-26: the authorization server is its own origin, with metadata at the root or with `/authorize`, `/token` and `/register`.",
  }),
} as const;
