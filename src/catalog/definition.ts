import type { ProviderFacts, VariableFacts } from "./schema.ts";

/**
 * What a provider is, complete: every default of the RFCs filled in, so that the engine never asks "or else".
 * URLs are templates until `resolveEndpoints`.
 */
export interface ProviderDefinition {
  readonly name: string;
  readonly displayName: string;
  readonly category: ProviderFacts["category"];
  /** `operator`: not from the catalog; whoever configured it answers for its URLs. */
  readonly confidence: ProviderFacts["confidence"] | "operator";
  readonly docsUrl: string;
  readonly sources: readonly string[];
  readonly findings: readonly string[];
  readonly limitations: readonly string[];
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly refreshUrl: string;
  readonly userinfoUrl: string;
  readonly revokeUrl: string;
  readonly revokeEndsConsent: boolean;
  readonly issuer: IssuerRules | undefined;
  readonly variables: Readonly<Record<string, VariableFacts>>;
  readonly pkce: boolean;
  readonly clientAuthentication: ClientAuthentication;
  readonly scopes: ScopeRules;
  readonly authorizeRequest: AuthorizeRequestRules;
  readonly tokenRequest: TokenRequestRules;
  readonly tokenAnswer: TokenAnswerRules;
  readonly expiry: ExpiryRules;
  readonly refresh: RefreshRules;
  readonly metadata: readonly {
    readonly name: string;
    readonly from: "token" | "callback";
    readonly path: string;
  }[];
  readonly usage: UsageRules;
}

export interface IssuerRules {
  readonly value: string;
  /** Known to be the vendor's own, so an answer's `iss` is compared with it. */
  readonly verified: boolean;
  /** An answer without `iss` is refused. */
  readonly required?: boolean;
}

export interface ClientAuthentication {
  readonly method: "client_secret_basic" | "client_secret_post" | "none";
  readonly basicEncoding: "form" | "raw";
}

export interface ScopeRules {
  readonly default: readonly string[];
  readonly separator: string;
  readonly parameter: string;
  readonly omitWhenEmpty: boolean;
  readonly listed: boolean;
  readonly aliases: Readonly<Record<string, string>>;
  readonly neverListed: readonly string[];
  readonly implies: Readonly<Record<string, readonly string[]>>;
  readonly optionalPrefix: string;
  readonly caseInsensitive: boolean;
}

export interface AuthorizeRequestRules {
  readonly params: Readonly<Record<string, string>>;
  readonly drop: readonly string[];
  readonly responseMode: "form_post" | undefined;
}

export interface TokenRequestRules {
  readonly body: "form" | "json";
  readonly headers: Readonly<Record<string, string>>;
  readonly exchangeParams: Readonly<Record<string, string>>;
  readonly refreshParams: Readonly<Record<string, string>>;
  readonly drop: readonly string[];
  readonly scopeOnRefresh: boolean;
}

export interface TokenAnswerRules {
  readonly formEncoded: boolean;
  readonly paths: {
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly expiresIn: string;
    readonly scope: string;
    readonly tokenType: string;
  };
  readonly errorIn200:
    | { readonly field: string; readonly success: readonly string[]; readonly code: string }
    | undefined;
  readonly errorDialect: {
    readonly invalidGrant: readonly string[];
    readonly invalidClient: readonly string[];
  };
}

export interface ExpiryRules {
  readonly defaultSeconds: number | undefined;
  readonly zeroMeansNever: boolean;
  readonly absolute:
    | { readonly field: string; readonly format: "seconds" | "milliseconds" | "iso8601" }
    | undefined;
}

export interface RefreshRules {
  readonly issued: "always" | "on-request" | "never";
  readonly rotates: boolean | undefined;
  readonly graceSeconds: number | undefined;
  readonly killsAccessToken: boolean;
  readonly lifetimeSeconds: number | undefined;
  readonly idleLifetimeSeconds: number | undefined;
  readonly notBeforeExpirySeconds: number | undefined;
  readonly rateLimit: { readonly requests: number; readonly perSeconds: number } | undefined;
  readonly grantsPerUser: number | undefined;
}

export interface UsageRules {
  readonly headerName: string;
  readonly headerPrefix: string;
  readonly apiBaseUrl: string;
  readonly allowedOrigins: readonly string[];
}

/**
 * PKCE S256 goes to every provider unless the catalog proves that the vendor breaks on it: `none` (the vendor
 * documents no PKCE and nobody is known to send it without harm) and `unsupported`.
 * `CONNECT_{NAME}_PKCE_REQUIRED` overrides either way.
 */
const SENDS_PKCE: Record<ProviderFacts["pkce"], boolean> = {
  required: true,
  s256: true,
  unknown: true,
  tolerated: true,
  none: false,
  unsupported: false,
};

/**
 * Fills in every default. Unknown URLs are empty strings: such a provider cannot be activated without an
 * override.
 */
export const completeDefinition = (facts: ProviderFacts): ProviderDefinition => ({
  name: facts.name,
  displayName: facts.displayName,
  category: facts.category,
  confidence: facts.confidence,
  docsUrl: facts.docsUrl ?? "",
  sources: facts.sources,
  findings: facts.findings ?? [],
  limitations: facts.limitations ?? [],
  authorizeUrl: facts.authorizeUrl ?? "",
  tokenUrl: facts.tokenUrl ?? "",
  refreshUrl: facts.refreshUrl ?? facts.tokenUrl ?? "",
  userinfoUrl: facts.userinfoUrl ?? "",
  revokeUrl: facts.revoke?.url ?? "",
  revokeEndsConsent: facts.revoke?.endsConsent ?? false,
  issuer: facts.issuer && {
    value: facts.issuer.value,
    verified: facts.issuer.verified,
    required: facts.issuer.required ?? false,
  },
  variables: facts.variables ?? {},
  pkce: SENDS_PKCE[facts.pkce],
  clientAuthentication: { basicEncoding: "form", ...facts.clientAuthentication },
  scopes: {
    default: facts.scopes.default,
    separator: facts.scopes.separator ?? " ",
    parameter: facts.scopes.parameter ?? "scope",
    omitWhenEmpty: facts.scopes.omitWhenEmpty ?? true,
    listed: facts.scopes.listed ?? true,
    aliases: facts.scopes.aliases ?? {},
    neverListed: facts.scopes.neverListed ?? [],
    implies: facts.scopes.implies ?? {},
    optionalPrefix: facts.scopes.optionalPrefix ?? "",
    caseInsensitive: facts.scopes.caseInsensitive ?? false,
  },
  authorizeRequest: {
    params: facts.authorizeRequest?.params ?? {},
    drop: facts.authorizeRequest?.drop ?? [],
    responseMode: facts.authorizeRequest?.responseMode,
  },
  tokenRequest: {
    body: facts.tokenRequest?.body ?? "form",
    headers: facts.tokenRequest?.headers ?? {},
    exchangeParams: facts.tokenRequest?.exchangeParams ?? {},
    refreshParams: facts.tokenRequest?.refreshParams ?? {},
    drop: facts.tokenRequest?.drop ?? [],
    scopeOnRefresh: facts.tokenRequest?.scopeOnRefresh ?? false,
  },
  tokenAnswer: {
    formEncoded: facts.tokenAnswer?.formEncoded ?? false,
    paths: {
      accessToken: "access_token",
      refreshToken: "refresh_token",
      expiresIn: "expires_in",
      scope: "scope",
      tokenType: "token_type",
      ...facts.tokenAnswer?.paths,
    },
    errorIn200: facts.tokenAnswer?.errorIn200 && {
      code: facts.tokenAnswer.errorIn200.field,
      ...facts.tokenAnswer.errorIn200,
    },
    errorDialect: {
      invalidGrant: facts.tokenAnswer?.errorDialect?.invalidGrant ?? [],
      invalidClient: facts.tokenAnswer?.errorDialect?.invalidClient ?? [],
    },
  },
  expiry: {
    defaultSeconds: facts.expiry?.defaultSeconds,
    zeroMeansNever: facts.expiry?.zeroMeansNever ?? false,
    absolute: facts.expiry?.absolute,
  },
  refresh: {
    issued: facts.refresh?.issued ?? "always",
    rotates: facts.refresh?.rotates,
    graceSeconds: facts.refresh?.graceSeconds,
    killsAccessToken: facts.refresh?.killsAccessToken ?? false,
    lifetimeSeconds: facts.refresh?.lifetimeSeconds,
    idleLifetimeSeconds: facts.refresh?.idleLifetimeSeconds,
    notBeforeExpirySeconds: facts.refresh?.notBeforeExpirySeconds,
    rateLimit: facts.refresh?.rateLimit,
    grantsPerUser: facts.refresh?.grantsPerUser,
  },
  metadata: facts.metadata ?? [],
  usage: {
    headerName: facts.usage?.headerName ?? "Authorization",
    headerPrefix: facts.usage?.headerPrefix ?? "Bearer ",
    apiBaseUrl: facts.usage?.apiBaseUrl ?? "",
    allowedOrigins: facts.usage?.allowedOrigins ?? [],
  },
});
