import type { Completion, Registration } from "../config/index.ts";
import type { McpServers } from "../mcp/index.ts";
import type { Egress, TokenSet } from "../oauth/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { AuthorizationRepository, Grant, Pins, TokenRepository } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";

/** What an exchange brought, on its way to the token row. */
export interface AuthorizedTokens {
  readonly grant: Grant;
  readonly registration: Registration;
  readonly pins: Pins;
  readonly answer: TokenSet;
  /** When the answer was received, by the process's clock. */
  readonly receivedAtMs: number;
  readonly requestedScopes: readonly string[];
  /** What the catalog keeps of the authorization response; joins what it keeps of the token answer. */
  readonly callbackMetadata: Readonly<Record<string, string>>;
  /** undefined = keep those of the present grant. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** Stores the token set of a finished authorization. May be called again after STORE_UNAVAILABLE. */
export type StoreTokens = (authorized: AuthorizedTokens) => Promise<unknown>;

export interface FlowSettings {
  readonly mode: "development" | "production";
  readonly redirectAllow: readonly string[];
  readonly defaultRedirectUri: string | undefined;
  readonly stateTtlSeconds: number;
  /** Where a request does not say. */
  readonly completion: Completion;
  /** How long an exchange may take. */
  readonly providerTimeoutSeconds: number;
}

export interface AuthorizationFlowOptions {
  readonly authorizations: AuthorizationRepository;
  readonly tokens: Pick<TokenRepository, "find">;
  readonly registrations: Pick<
    Registrations,
    "resolve" | "resolvePinned" | "checkProviderConfig" | "endpointsFor" | "trustOf" | "dropRefused"
  >;
  readonly mcp: Pick<McpServers, "prepare">;
  /** OAuth's redirect URI of flows of MCP servers: by its last segment. */
  mcpCallbackUrl(key: string): string;
  /** OAuth's redirect URI of a provider. */
  callbackUrl(target: { readonly namespace: string; readonly provider: string }): string;
  /** The same for logins: another one, so that an answer for one is none for the other. */
  loginCallbackUrl(target: { readonly namespace: string; readonly provider: string }): string;
  readonly egress: Egress;
  readonly storeTokens: StoreTokens;
  readonly settings: FlowSettings;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "authorizations">;
  readonly clock: Clock;
}
