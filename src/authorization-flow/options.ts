import type { Completion, Registration } from "../config/index.ts";
import type { McpServers } from "../mcp/index.ts";
import type { Egress, TokenSet } from "../oauth/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type {
  AuthorizationRepository,
  AuthorizationRow,
  Grant,
  Pins,
  TokenRepository,
} from "../store/index.ts";
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
  /** Whose account it is; undefined = not known. */
  readonly account: string | undefined;
  /** What to do with another account than the present grant's. */
  readonly accountRule: "accept" | "refuse";
  /** Who started the flow. */
  readonly callerId: string;
}

/** Stores the token set of a finished authorization. May be called again after STORE_UNAVAILABLE. */
export type StoreTokens = (authorized: AuthorizedTokens) => Promise<unknown>;

/** A provider's answer that named a flow of ours, and how it ended: for the audit record. */
export interface CallbackEvent {
  readonly row: Pick<
    AuthorizationRow,
    "id" | "namespace" | "purpose" | "connectionId" | "userId" | "provider" | "mcpServerUrl" | "callerId"
  >;
  /** `OK`, `AWAITING_COMPLETION`, or why it failed. */
  readonly outcome: string;
  /** What else is to be remembered. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface FlowSettings {
  readonly mode: "development" | "production";
  readonly redirectAllow: readonly string[];
  readonly defaultRedirectUri: string | undefined;
  readonly stateTtlSeconds: number;
  /** Where a request does not say. */
  readonly completion: Completion;
  /** `BROKER_PIN_ACCOUNTS`. */
  readonly pinAccounts: boolean;
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
  /** Ends before the browser is answered; what it throws takes the answer's place. Default: nothing. */
  readonly recordCallback?: (event: CallbackEvent) => Promise<void>;
  readonly settings: FlowSettings;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "authorizations">;
  readonly clock: Clock;
  /** A state that nobody can guess. Default: 256 random bits. */
  readonly newState?: () => string;
}
