import type { ListenAddress } from "./config.ts";
import { parseClientMetadataUrl } from "./mcp/client-metadata-url.ts";
import { parseIssuer } from "./mcp/issuer.ts";
import { parseTrustItem } from "./mcp/trust.ts";
import {
  parseApiBase,
  parseBundleItem,
  parseHostItem,
  parseInsecureLoopback,
  parseOrigin,
  parseRedirectItem,
  parseReturnUrl,
} from "./urls.ts";
import {
  boolean,
  choice,
  displayName,
  integer,
  list,
  listenAddress,
  path,
  type ValueType,
} from "./value-types.ts";

export type SettingGroup =
  | "Process and listeners"
  | "Storage and encryption"
  | "Authorization flow"
  | "Providers"
  | "MCP servers"
  | "Callers"
  | "Outgoing requests"
  | "Timing";

interface SettingText {
  readonly name: string;
  readonly group: SettingGroup;
  /** What it does, for the reference and for an operator. Markdown, whole sentences. */
  readonly doc: string;
  /** The default in words, where it is not a plain value. */
  readonly defaultText?: string;
}

/** A variable with a checked value. */
export interface PlainSetting<T, D extends T | undefined = T | undefined> extends SettingText {
  readonly type: ValueType<T>;
  readonly default: D;
}

/** A variable that holds a secret, also readable from `NAME_FILE`. Where it goes decides how it is checked. */
export interface SecretSetting extends SettingText {
  readonly secret: true;
  readonly expects: string;
}

/** A default of `undefined` means that what is unset is decided by other settings, or is simply off. */
const plain = <T, const D extends T | undefined>(setting: PlainSetting<T, D>): PlainSetting<T, D> => setting;

const tcp = (port: number): ListenAddress => ({ kind: "tcp", host: "127.0.0.1", port });

const seconds = (
  name: string,
  range: readonly [number, number],
  standard: number,
  doc: string,
): PlainSetting<number, number> => ({
  name,
  group: "Timing",
  type: integer(...range),
  default: standard,
  doc,
});

/** Every variable that is not a provider's, in the order of the reference. Parsing, warnings and documentation derive from here. */
export const plainSettings = {
  mode: plain({
    name: "BROKER_MODE",
    group: "Process and listeners",
    type: choice("development", "production"),
    default: undefined,
    defaultText: "decided by the other settings",
    doc: "Unset, it is `development` only if nothing looks otherwise: no `NODE_ENV=production`, no database off this machine, no https `CONNECT_API_BASE`, every listener on loopback. The first log line says which and why. `production` refuses to start without an encryption key, `CONNECT_API_BASE`, authenticated callers on a TCP RPC listener, a policy and an explicit `BROKER_COMPLETION`.",
  }),
  nodeEnv: plain({
    name: "NODE_ENV",
    group: "Process and listeners",
    type: { expects: "a text", parse: (text) => text },
    default: undefined,
    defaultText: "unset",
    doc: "`production` makes the mode `production` where `BROKER_MODE` is unset. Not used otherwise.",
  }),
  logLevel: plain({
    name: "BROKER_LOG_LEVEL",
    group: "Process and listeners",
    type: choice("debug", "info", "warn", "error"),
    default: "info",
    doc: "The least severe log lines to print. No level prints secrets.",
  }),
  rpcAddress: plain({
    name: "BROKER_RPC_ADDR",
    group: "Process and listeners",
    type: listenAddress,
    default: tcp(8080),
    doc: "The internal RPC listener: Connect, gRPC and gRPC-Web on one port, health, reflection. An address off loopback needs callers that prove themselves.",
  }),
  httpAddress: plain({
    name: "BROKER_HTTP_ADDR",
    group: "Process and listeners",
    type: listenAddress,
    default: tcp(8081),
    doc: "The public listener: OAuth callbacks and their result pages. Nothing here returns a token.",
  }),
  telemetryAddress: plain({
    name: "BROKER_TELEMETRY_ADDR",
    group: "Process and listeners",
    type: listenAddress,
    default: tcp(9464),
    doc: "`/healthz/live`, `/healthz/ready` and `/metrics`.",
  }),
  dataDir: plain({
    name: "BROKER_DATA_DIR",
    group: "Storage and encryption",
    type: path,
    default: undefined,
    defaultText: "`.token-broker`",
    doc: "The directory of the embedded database (PGlite), which is used while `BROKER_DATABASE_URL` is unset: one process only. Production wants it set explicitly. `memory://` keeps everything in memory and loses it at the end (development only).",
  }),
  spoolDir: plain({
    name: "BROKER_SPOOL_DIR",
    group: "Storage and encryption",
    type: path,
    default: undefined,
    defaultText: "unset: no spool",
    doc: "A directory of this replica that outlives its process. A refreshed token that the database does not take is also kept there, encrypted, until it is stored, if need be after the next start. Without it such a token lives in memory alone.",
  }),
  apiBase: plain({
    name: "CONNECT_API_BASE",
    group: "Authorization flow",
    type: {
      expects: "an https URL (http only for this machine) without user, query or fragment",
      parse: parseApiBase,
    },
    default: undefined,
    defaultText: "`http://localhost:<callback port>` in development",
    doc: "The public base URL that callback URLs are built from, never taken from a request. A path is kept, a slash at the end dropped. Production requires it.",
  }),
  defaultRedirectUri: plain({
    name: "CONNECT_DEFAULT_REDIRECT_URI",
    group: "Authorization flow",
    type: {
      expects:
        "an https URL (http only for this machine) or a URL with a scheme of your application, without user or fragment",
      parse: parseReturnUrl,
    },
    default: undefined,
    defaultText: "a plain result page",
    doc: "Where the browser goes after the flow if the request names no `redirect_uri`. Its host is always allowed.",
  }),
  redirectAllow: plain({
    name: "CONNECT_REDIRECT_ALLOW_HOSTS",
    group: "Authorization flow",
    type: list(
      parseRedirectItem,
      "`host` (any port), `host:port` or `scheme:` (an application's own scheme); no wildcards, no paths",
    ),
    default: [],
    defaultText: "none",
    doc: "Where `redirect_uri` may lead, compared exactly. Without it only the host of `CONNECT_DEFAULT_REDIRECT_URI` is allowed, and loopback in development.",
  }),
  stateTtlSeconds: plain({
    name: "CONNECT_STATE_TTL_SECONDS",
    group: "Authorization flow",
    type: integer(60, 3600),
    default: 600,
    doc: "How long a person may take between StartAuthorization and the callback.",
  }),
  completion: plain({
    name: "BROKER_COMPLETION",
    group: "Authorization flow",
    type: choice("automatic", "required"),
    default: undefined,
    defaultText: "`automatic` in development",
    doc: "`automatic`: the callback stores the token. `required`: the application confirms the user of its own session with CompleteAuthorization first. With `automatic`, whoever makes a person open a link attaches that person's account to their own connection; production must choose by name.",
  }),
  providers: plain({
    name: "CONNECT_PROVIDERS",
    group: "Providers",
    type: list((item) => item, "names of lower-case letters, digits, `_` and `-`"),
    default: [],
    defaultText: "none",
    doc: "Names to activate besides the catalog: other providers, or catalog entries under another name (`CONNECT_{NAME}_TEMPLATE`). It never narrows the catalog. A name listed here that cannot be activated stops the start.",
  }),
  legacyNames: plain({
    name: "BROKER_LEGACY_NAMES",
    group: "Providers",
    type: boolean,
    default: true,
    doc: "Whether the older names of some providers' credentials (`{NAME}_CLIENT_ID`, `{NAME}_CLIENT_SECRET`) are read where `CONNECT_{NAME}_CLIENT_ID` and `CONNECT_{NAME}_CLIENT_SECRET` are both unset. Each use is logged with the name to prefer.",
  }),
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
  apiKeysFile: plain({
    name: "BROKER_API_KEYS_FILE",
    group: "Callers",
    type: path,
    default: undefined,
    defaultText: "unset: open on loopback in development",
    doc: "A file of callers: one `<id> <SHA-256 of the secret in hex>` a line, `#` begins a comment, two lines with one id are two live keys. `token-broker apikey new <id>` makes a line. Read again when it changes. Callers send `authorization: Bearer tbk_<id>_<secret>`.",
  }),
  jwtIssuersFile: plain({
    name: "BROKER_JWT_ISSUERS_FILE",
    group: "Callers",
    type: path,
    default: undefined,
    defaultText: "unset: no JWTs",
    doc: "A YAML or JSON file of issuers whose JWTs prove callers (`issuers`) and people (`subjects`). Read again when it changes. [How to secure callers](../how-to/secure-callers.md) shows it.",
  }),
  spiffeBundles: plain({
    name: "BROKER_SPIFFE_BUNDLES",
    group: "Callers",
    type: list(parseBundleItem, "`<trust domain>=<path of a PEM file>`"),
    default: [],
    defaultText: "none: no client certificates",
    doc: "The certificate authorities of each SPIFFE trust domain whose client certificates prove callers, for a listener that speaks TLS. Only the authorities of its own domain vouch for a SPIFFE ID. The files are read again when they change.",
  }),
  policyFile: plain({
    name: "BROKER_POLICY_FILE",
    group: "Callers",
    type: path,
    default: undefined,
    defaultText: "unset: everything is allowed in development",
    doc: "A YAML file of rules that say which caller may do what; what no rule allows is refused. Production requires it. Read again when it changes and on SIGHUP; a file that cannot be used leaves the last good rules in force. [How to secure callers](../how-to/secure-callers.md) shows it.",
  }),
  corsOrigins: plain({
    name: "BROKER_CORS_ORIGINS",
    group: "Callers",
    type: list(parseOrigin, "origins of pages, such as `https://app.example.com`"),
    default: [],
    defaultText: "none: no browser may call",
    doc: "Pages of these origins may call what a person's own JWT allows: StartAuthorization, CompleteAuthorization, ListConnections and RevokeConnection. No other RPC ever answers a page.",
  }),
  egressAllow: plain({
    name: "BROKER_EGRESS_ALLOW",
    group: "Outgoing requests",
    type: list(
      (item) => parseHostItem(item.toLowerCase()),
      "`host` (every port) or `host:port`; no wildcards, no paths",
    ),
    default: [],
    defaultText: "none",
    doc: "Hosts that come from RPC, discovery or `provider_config` and may resolve to private addresses or use a port other than 443. Hosts that the operator wrote into the environment need no entry.",
  }),
  egressCaFile: plain({
    name: "BROKER_EGRESS_CA_FILE",
    group: "Outgoing requests",
    type: path,
    default: undefined,
    defaultText: "unset: the public authorities",
    doc: "A PEM file of certificate authorities to trust besides the public ones.",
  }),
  insecureLoopback: plain({
    name: "BROKER_ALLOW_INSECURE_LOOPBACK",
    group: "Outgoing requests",
    type: {
      expects: "true, false or a comma-separated list of `host:port` on this machine",
      parse: parseInsecureLoopback,
    },
    default: [],
    defaultText: "`false`",
    doc: "Allows providers on this machine, and plain http to them: the `host:port` pairs listed, or with `true` every port but the broker's own and the database's. Refused in production.",
  }),
  refreshAheadSeconds: seconds(
    "BROKER_REFRESH_AHEAD_SECONDS",
    [1, 86_400],
    300,
    "GetToken refreshes a token that ends within this time.",
  ),
  sweepIntervalSeconds: seconds(
    "BROKER_SWEEP_INTERVAL_SECONDS",
    [1, 86_400],
    300,
    "How often `connect:refresh_tokens` runs.",
  ),
  sweepHorizonSeconds: seconds(
    "BROKER_SWEEP_HORIZON_SECONDS",
    [1, 604_800],
    600,
    "The sweep refreshes what ends within this time. At least `BROKER_SWEEP_INTERVAL_SECONDS`.",
  ),
  cleanupIntervalSeconds: seconds(
    "BROKER_CLEANUP_INTERVAL_SECONDS",
    [1, 86_400],
    600,
    "How often `connect:cleanup_states` deletes expired authorizations.",
  ),
  refreshLeaseSeconds: seconds(
    "BROKER_REFRESH_LEASE_SECONDS",
    [2, 600],
    45,
    "How long one replica owns a token's refresh. Longer than `BROKER_PROVIDER_TIMEOUT_SECONDS`.",
  ),
  providerTimeoutSeconds: seconds(
    "BROKER_PROVIDER_TIMEOUT_SECONDS",
    [1, 120],
    15,
    "The longest a request to a provider may take, from connecting to the last byte.",
  ),
  rpcTimeoutSeconds: seconds(
    "BROKER_RPC_TIMEOUT_SECONDS",
    [1, 300],
    20,
    "The longest a unary RPC may take; a caller's longer deadline is accepted and bounded by this.",
  ),
  drainSeconds: seconds(
    "BROKER_DRAIN_SECONDS",
    [0, 600],
    25,
    "How long a stopping process finishes what is in flight.",
  ),
  refreshIdleDays: plain({
    name: "BROKER_REFRESH_IDLE_DAYS",
    group: "Timing",
    type: integer(0, 3650),
    default: 0,
    doc: "The sweep leaves out grants that nobody has read for so many days; 0 refreshes all.",
  }),
} as const;

export const secretSettings = {
  encryptionKey: {
    name: "CONNECT_TOKEN_ENCRYPTION_KEY",
    group: "Storage and encryption",
    secret: true,
    expects: "one Fernet key, or several separated by commas",
    defaultText: "required; development on the embedded database creates a key file (0600) beside the data",
    doc: "Encrypts everything stored. The first key encrypts, all decrypt. `token-broker keygen` makes one. From `CONNECT_TOKEN_ENCRYPTION_KEY_FILE`, keys added later decrypt at once; which key encrypts, and the removal of keys, take effect at the next start.",
  },
  databaseUrl: {
    name: "BROKER_DATABASE_URL",
    group: "Storage and encryption",
    secret: true,
    expects:
      "postgres://user:password@host:5432/database, special characters of the password percent-encoded",
    defaultText: "unset: the embedded database",
    doc: "Selects PostgreSQL, which any number of replicas may share.",
  },
} as const satisfies Record<string, SecretSetting>;
