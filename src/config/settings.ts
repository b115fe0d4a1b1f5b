import { auditFailures, auditSinks } from "./audit-settings.ts";
import type { ListenAddress } from "./config.ts";
import { parseClientMetadataUrl } from "./mcp/client-metadata-url.ts";
import { parseIssuer } from "./mcp/issuer.ts";
import { parseTrustItem } from "./mcp/trust.ts";
import { clientBundleFiles } from "./tls.ts";
import {
  parseApiBase,
  parseHostItem,
  parseInsecureLoopback,
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
  | "Audit"
  | "Rate limits"
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
    doc: "Unset, it is `development` only if nothing looks otherwise: no `NODE_ENV=production`, no database off this machine, no https `CONNECT_API_BASE`, every listener on loopback. The first log line says which and why. `production` refuses to start without an encryption key, `CONNECT_API_BASE`, authenticated callers on a TCP RPC listener and an explicit `BROKER_COMPLETION`.",
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
    doc: "The internal RPC listener: Connect, gRPC and gRPC-Web on one port, health, reflection. An address off loopback needs `BROKER_API_KEYS_FILE`.",
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
  rpcTlsCertFile: plain({
    name: "BROKER_RPC_TLS_CERT_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset: no TLS",
    doc: "A PEM file with the certificate of the RPC listener, and behind it those that lead to its authority. With it and `BROKER_RPC_TLS_KEY_FILE` the listener speaks TLS 1.2 and 1.3 and nothing else. Both are read again when they change; connections that stand are not touched.",
  }),
  rpcTlsKeyFile: plain({
    name: "BROKER_RPC_TLS_KEY_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset",
    doc: "The PEM private key of `BROKER_RPC_TLS_CERT_FILE`, without a passphrase.",
  }),
  rpcTlsClientCaFile: plain({
    name: "BROKER_RPC_TLS_CLIENT_CA_FILE",
    group: "Process and listeners",
    type: clientBundleFiles,
    default: undefined,
    defaultText: "unset: clients are not asked for a certificate",
    doc: "PEM files of the authorities that vouch for clients of the RPC listener, separated by commas: `/path`, or `trust-domain=/path` for a bundle that vouches for that trust domain alone. Clients are then asked for a certificate. Read again when they change.",
  }),
  httpTlsCertFile: plain({
    name: "BROKER_HTTP_TLS_CERT_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset: no TLS",
    doc: "As `BROKER_RPC_TLS_CERT_FILE`, for the public listener, where no proxy in front of it ends TLS.",
  }),
  httpTlsKeyFile: plain({
    name: "BROKER_HTTP_TLS_KEY_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset",
    doc: "The PEM private key of `BROKER_HTTP_TLS_CERT_FILE`, without a passphrase.",
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
  instanceId: plain({
    name: "BROKER_INSTANCE_ID",
    group: "Storage and encryption",
    type: {
      expects: "1 to 63 letters, digits, `.`, `_` or `-`",
      parse: (text) => (/^[A-Za-z0-9._-]{1,63}$/.test(text) ? text : undefined),
    },
    default: undefined,
    defaultText: "unset: not checked",
    doc: "Names this deployment, the same on all its replicas, and another one wherever a copy of the database is started. The database remembers the one of the first start. A start with another serves what is stored and refreshes nothing, so that a restored copy cannot end the grants of the original, until `token-broker resume` gives the database to it.",
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
  pinAccounts: plain({
    name: "BROKER_PIN_ACCOUNTS",
    group: "Authorization flow",
    type: boolean,
    default: false,
    doc: "`true` refuses an authorization of a connection by another account at the provider than the one that is connected (`account_mismatch`), unless StartAuthorization says `allow_account_change`. `false` lets it through, logs and counts it; a request may ask for the refusal (`pin_account`). It concerns connections whose account is known (`account_pinned`).",
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
  auditSinks: plain({
    name: "BROKER_AUDIT",
    group: "Audit",
    type: auditSinks,
    default: ["json"],
    defaultText: "`json`",
    doc: 'Where the record of every call goes before it is answered: `json` (a line, marked `"audit":true`), `table` (rows of `audit_events`, which ListAuditEvents reads), `json,table`, or `none`.',
  }),
  auditFile: plain({
    name: "BROKER_AUDIT_FILE",
    group: "Audit",
    type: path,
    default: undefined,
    defaultText: "unset: standard output",
    doc: "A file that audit lines are appended to, created with mode 0600. One that was moved away is made again within a second.",
  }),
  auditOnFailure: plain({
    name: "BROKER_AUDIT_ON_FAILURE",
    group: "Audit",
    type: auditFailures,
    default: ["table"],
    defaultText: "`json:serve,table:refuse`",
    doc: "What becomes of a call whose record a sink does not take: `refuse` answers `STORE_UNAVAILABLE`, `serve` counts it in `tokenbroker_audit_failures_total` and goes on. A sink that is not named keeps its default.",
  }),
  auditRetentionDays: plain({
    name: "BROKER_AUDIT_RETENTION_DAYS",
    group: "Audit",
    type: integer(0, 3650),
    default: 90,
    doc: "How long rows of `audit_events` are kept; 0 = for ever.",
  }),
  rateLimitGetToken: plain({
    name: "BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 1000,
    doc: "GetToken: calls a second of one caller, on each replica by itself, with bursts of two seconds' worth; 0 = no limit.",
  }),
  rateLimitStart: plain({
    name: "BROKER_RATE_LIMIT_START_PER_MINUTE",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 600,
    doc: "StartAuthorization and StartLogin: calls a minute of one caller over all replicas, all at once if need be; 0 = no limit.",
  }),
  rateLimitAdmin: plain({
    name: "BROKER_RATE_LIMIT_ADMIN_PER_MINUTE",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 300,
    doc: "The admin service, and RegisterProvider, DeleteProvider and VerifyProvider: calls a minute of one caller over all replicas, all at once if need be; 0 = no limit.",
  }),
  rateLimitCallback: plain({
    name: "BROKER_RATE_LIMIT_CALLBACK_PER_MINUTE",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 60,
    doc: "Callbacks that name no flow: requests a minute of one client address over all replicas, before nothing more is looked up for it. A state that this broker made gets through all the same. 0 = no limit.",
  }),
  trustedProxyHops: plain({
    name: "BROKER_TRUSTED_PROXY_HOPS",
    group: "Rate limits",
    type: integer(0, 10),
    default: 0,
    doc: "How many proxies stand in front of the callback listener, each adding to `X-Forwarded-For` the address it was called from. 0: the header is not read, and the address of the connection counts.",
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
    doc: "A PEM file of certificate authorities to trust besides the public ones. Read again when it changes.",
  }),
  egressProxyBlocksPrivate: plain({
    name: "BROKER_EGRESS_PROXY_BLOCKS_PRIVATE",
    group: "Outgoing requests",
    type: boolean,
    default: false,
    doc: "States that the proxy of `BROKER_EGRESS_PROXY` refuses private, loopback and link-local addresses and metadata services, also behind names. Behind a proxy the broker sees names alone; without this statement URLs that come from RPC, discovery or `provider_config` are refused, unless `BROKER_EGRESS_ALLOW` lists their host.",
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
  maxConnectionAgeSeconds: seconds(
    "BROKER_MAX_CONNECTION_AGE_SECONDS",
    [1, 86_400],
    3600,
    "After this time, give or take a tenth, a client of the RPC listener is asked to open a new connection: HTTP/2 by GOAWAY, HTTP/1.1 by `Connection: close`. Calls under way are answered; what still runs ten minutes later is cut off. Clients come to new replicas by it, and to new certificates.",
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
  egressProxy: {
    name: "BROKER_EGRESS_PROXY",
    group: "Outgoing requests",
    secret: true,
    expects: "http://host:port or http://user:password@host:port, special characters percent-encoded",
    defaultText: "unset: connections are opened directly",
    doc: "A proxy by which everything goes out, with CONNECT: TLS is end to end, the proxy sees host and port alone. It resolves the names, so it judges the addresses: see `BROKER_EGRESS_PROXY_BLOCKS_PRIVATE`. What `BROKER_ALLOW_INSECURE_LOOPBACK` lists is reached directly. `HTTPS_PROXY` is ignored.",
  },
} as const satisfies Record<string, SecretSetting>;
