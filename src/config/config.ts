import type { KeyRing } from "../crypto/index.ts";
import type { McpConfig } from "./mcp/mcp-config.ts";
import type { Registration } from "./registration.ts";
import type { Secret } from "./secret.ts";
import type { ClientBundleFile, TlsConfig } from "./tls.ts";

/** Where a listener binds. Port 0 lets the system choose. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export type Mode = "development" | "production";

/** `automatic`: the callback redeems the code. `required`: the application confirms its user first (CompleteAuthorization). */
export type Completion = "automatic" | "required";

/** `dataDir` is a directory, or `memory://` for a database that ends with the process (development only). */
export type DatabaseConfig =
  | { readonly kind: "postgresql"; readonly url: Secret }
  | { readonly kind: "pglite"; readonly dataDir: string };

/** `host:port` pairs that plain http and loopback addresses are allowed for, or every port (but the broker's own and the database's). */
export type InsecureLoopback = "all" | readonly string[];

export interface EgressConfig {
  /** Hosts (`host`: every port, or `host:port`) from RPC, discovery or `provider_config` that may resolve to private addresses. */
  readonly allow: readonly string[];
  /** PEM file of certificate authorities trusted besides the public ones. */
  readonly caFile: string | undefined;
  readonly insecureLoopback: InsecureLoopback;
  /** undefined = connections are opened directly. */
  readonly proxy: EgressProxyConfig | undefined;
}

export interface EgressProxyConfig {
  /** `http://host:port`, with user and password where the proxy asks for them. */
  readonly url: Secret;
  /** The operator states that the proxy refuses addresses that are not public. */
  readonly blocksPrivate: boolean;
}

/** A name that is known but not usable, because settings are missing. */
export interface SkippedProvider {
  readonly name: string;
  /** The variables that would activate it. */
  readonly missing: readonly string[];
  /** `no_credentials`: nobody asked for it. `incomplete`: some of its settings are there, and a warning names the others. */
  readonly reason: "no_credentials" | "incomplete";
}

export type AuditSink = "json" | "table";

export interface AuditConfig {
  /** Where records go; none = nothing is recorded. */
  readonly sinks: readonly AuditSink[];
  /** Of JSON lines; undefined = standard output. */
  readonly file: string | undefined;
  /** Sinks whose failure refuses the call. */
  readonly refuseOnFailure: readonly AuditSink[];
  /** 0 = rows are kept for ever. */
  readonly retentionDays: number;
}

/** 0 = no limit. */
export interface RateLimitConfig {
  /** Of each caller, on each replica. */
  readonly getTokenPerSecond: number;
  /** Of each caller, over all replicas. */
  readonly startPerMinute: number;
  readonly adminPerMinute: number;
  /** Callbacks that name no flow, of each client address. */
  readonly callbackPerMinute: number;
  /** Proxies in front of the callback whose `X-Forwarded-For` is believed. */
  readonly trustedProxyHops: number;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Everything the process is told from outside: complete, checked, and without defaults left to fill in. */
export interface BrokerConfig {
  readonly mode: Mode;
  /** Why it is this mode, in one clause. */
  readonly modeReason: string;
  readonly logLevel: LogLevel;
  readonly rpcAddress: ListenAddress;
  readonly httpAddress: ListenAddress;
  readonly telemetryAddress: ListenAddress;
  /** undefined = cleartext. */
  readonly rpcTls: TlsConfig | undefined;
  readonly httpTls: TlsConfig | undefined;
  readonly maxConnectionAgeSeconds: number;
  /** Public base URL without trailing slash. */
  readonly apiBase: string;
  /**
   * True when `CONNECT_API_BASE` is unset: `apiBase` is then `http://localhost:<port of httpAddress>`, and whoever binds port 0 replaces it by the
   * port it got.
   */
  readonly apiBaseFromListener: boolean;
  readonly defaultRedirectUri: string | undefined;
  /** Items `host` (any port), `host:port` or `scheme:`, lower case, hosts in the form a URL parser gives them. */
  readonly redirectAllow: readonly string[];
  readonly stateTtlSeconds: number;
  readonly completion: Completion;
  /** Another account than the connected one is refused. */
  readonly pinAccounts: boolean;
  readonly database: DatabaseConfig;
  readonly keyRing: KeyRing;
  /** Whose database it has to be; undefined = not checked. */
  readonly instanceId: string | undefined;
  /** undefined = refreshed tokens that wait for the database wait in memory alone. */
  readonly spoolDir: string | undefined;
  readonly registrations: readonly Registration[];
  /** Every catalog entry that is not active, and why. */
  readonly skipped: readonly SkippedProvider[];
  readonly apiKeysFile: string | undefined;
  readonly jwtIssuersFile: string | undefined;
  /** The authorities that vouch for client certificates. */
  readonly clientBundles: readonly ClientBundleFile[];
  readonly policyFile: string | undefined;
  /** Origins of pages that may call on behalf of the person who uses them. */
  readonly corsOrigins: readonly string[];
  readonly egress: EgressConfig;
  readonly mcp: McpConfig;
  readonly audit: AuditConfig;
  readonly rateLimits: RateLimitConfig;
  readonly refreshAheadSeconds: number;
  readonly sweepIntervalSeconds: number;
  readonly sweepHorizonSeconds: number;
  readonly cleanupIntervalSeconds: number;
  readonly refreshLeaseSeconds: number;
  readonly providerTimeoutSeconds: number;
  readonly rpcTimeoutSeconds: number;
  readonly drainSeconds: number;
  /** 0 = tokens are refreshed whether or not anybody reads them. */
  readonly refreshIdleDays: number;
}
