import type { DelayBand } from "./endpoints/delays.ts";
import { type ErrorDialect, rfc6749 } from "./endpoints/error-dialect.ts";
import type { RateLimit } from "./endpoints/rate-limit.ts";
import type { GrantRules } from "./grants/grant.ts";

/** One vendor's behaviour. Every field may be changed while it runs: `vendor.settings.graceMs = 2000`. */
export interface VendorSettings extends GrantRules {
  /** Client id → secret; undefined = a public client. Anything else is `invalid_client`. Default: `client` with `secret`. */
  clients: Record<string, string | undefined>;

  /** What the person does at the consent page: undefined allows, otherwise the error code that goes back. */
  authorizeError: string | undefined;
  /** Who the person is. Default "subject-1". */
  subject: string;
  /** Sent as `iss` with every authorization response (RFC 9207); undefined sends none. */
  iss: string | undefined;
  /** Refuses an authorization request without `code_challenge_method=S256`. Default false. */
  requiresPkce: boolean;
  /** The scopes that this vendor grants of those asked for. Default: all. */
  grantableScopes: readonly string[] | undefined;
  /** Scopes that it grants without being asked. Default: none. */
  extraScopes: readonly string[];

  /** Whether the answer lists the granted scopes. Default true. */
  listsScopes: boolean;
  /** Default " ". `array` answers a JSON array. */
  scopeSeparator: " " | "," | "array";
  /** Whether the answer has `refresh_token_expires_in` where the grants have a lifetime. Default false. */
  listsRefreshLifetime: boolean;
  /** `application/x-www-form-urlencoded` instead of JSON. Default false. */
  formEncodedAnswers: boolean;
  /** Changes the token answer before it is sent: what no other field can say. Not settable from outside the process. */
  tokenAnswer: (answer: Record<string, unknown>) => unknown;
  errorDialect: ErrorDialect;

  /** Waits so long after the deed and before the answer, at the token endpoint. Default 0. */
  answerDelayMs: number;
  /** Shares of the token answers that take longer; `answerDelayMs` is for the rest. Default: none. */
  answerDelays: readonly DelayBand[];
  /** At the token endpoint. Default: none. */
  rateLimit: RateLimit | undefined;
}

export const defaultSettings: VendorSettings = {
  rotation: true,
  graceMs: 0,
  revokeFamilyOnReuse: false,
  killAccessTokenOnRefresh: false,
  issueRefreshToken: true,
  accessLifetimeSeconds: undefined,
  expiresInSeconds: 3600,
  refreshLifetimeSeconds: undefined,
  refreshIdleSeconds: undefined,
  refreshNotBeforeSeconds: 0,
  grantsPerSubject: undefined,
  clients: { client: "secret" },
  authorizeError: undefined,
  subject: "subject-1",
  iss: undefined,
  requiresPkce: false,
  grantableScopes: undefined,
  extraScopes: [],
  listsScopes: true,
  scopeSeparator: " ",
  listsRefreshLifetime: false,
  formEncodedAnswers: false,
  tokenAnswer: (answer) => answer,
  errorDialect: rfc6749,
  answerDelayMs: 0,
  answerDelays: [],
  rateLimit: undefined,
};

/** The hardest rules that a vendor plays by: every refresh token works once, and one that comes back ends the grant. */
export const STRICT: Partial<VendorSettings> = {
  rotation: true,
  graceMs: 0,
  revokeFamilyOnReuse: true,
  killAccessTokenOnRefresh: true,
};
