import {
  type ExpiryRules,
  expiryRules,
  type RefreshRules,
  refreshRules,
  type TokenAnswerRules,
  tokenAnswerRules,
} from "./answer-rules.ts";
import {
  type AuthorizeRequestRules,
  authorizeRequestRules,
  type CallbackRules,
  callbackRules,
  type ClientAuthentication,
  clientAuthenticationRules,
  type TokenRequestRules,
  tokenRequestRules,
} from "./request-rules.ts";
import type { ProviderFacts, VariableFacts } from "./schema.ts";

/**
 * What a provider is, complete: every default of the RFCs filled in, so that the engine never asks "or else".
 * URLs are templates until `resolveEndpoints`.
 */
export interface ProviderDefinition {
  readonly name: string;
  readonly displayName: string;
  readonly aliases: readonly string[];
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
  readonly revoke: RevokeRules;
  readonly issuer: IssuerRules | undefined;
  readonly variables: Readonly<Record<string, VariableFacts>>;
  readonly pkce: boolean;
  readonly clientAuthentication: ClientAuthentication;
  readonly scopes: ScopeRules;
  readonly authorizeRequest: AuthorizeRequestRules;
  readonly callback: CallbackRules;
  readonly tokenRequest: TokenRequestRules;
  readonly tokenAnswer: TokenAnswerRules;
  readonly expiry: ExpiryRules;
  readonly refresh: RefreshRules;
  readonly metadata: readonly MetadataRule[];
  readonly login: LoginRules | undefined;
  readonly hooks: HookRules;
  readonly usage: UsageRules;
}

export interface IssuerRules {
  readonly value: string;
  /** Known to be the vendor's own, so an answer's `iss` is compared with it. */
  readonly verified: boolean;
  /** An answer without `iss` is refused. */
  readonly required?: boolean;
}

/** How a token is revoked, where RFC 7009 does not say it. */
export interface RevokeRules {
  readonly method: "POST" | "DELETE" | "GET";
  readonly auth: "client" | "basic" | "bearer" | "none";
  readonly body: "form" | "json" | "query" | "none";
  /** Empty = the token is no parameter. */
  readonly tokenParameter: string;
  readonly token: "access" | "refresh" | "both";
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export type MetadataRule = NonNullable<ProviderFacts["metadata"]>[number];
export type LoginRules = NonNullable<ProviderFacts["login"]>;
export type HookRules = NonNullable<ProviderFacts["hooks"]>;

export interface ScopeRules {
  readonly default: readonly string[];
  readonly separator: string;
  /** Before scopes that go into a parameter of their own; empty = there are none. */
  readonly secondPrefix: string;
  readonly parameter: string;
  readonly omitWhenEmpty: boolean;
  readonly listed: boolean;
  readonly aliases: Readonly<Record<string, string>>;
  readonly neverListed: readonly string[];
  readonly implies: Readonly<Record<string, readonly string[]>>;
  readonly optionalPrefix: string;
  readonly caseInsensitive: boolean;
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
export const completeDefinition = (facts: ProviderFacts): ProviderDefinition => {
  const known = completed.get(facts) ?? complete(facts);
  completed.set(facts, known);
  return known;
};

/** Every registration and every look at the environment asks for entries of which there are hundreds. */
const completed = new WeakMap<ProviderFacts, ProviderDefinition>();

const complete = (facts: ProviderFacts): ProviderDefinition => ({
  name: facts.name,
  displayName: facts.displayName,
  aliases: facts.aliases ?? [],
  category: facts.category,
  confidence: facts.confidence,
  docsUrl: facts.docsUrl ?? "",
  sources: facts.sources,
  findings: [...(facts.findings ?? []), ...(facts.contested ?? []).map(({ reason }) => reason)],
  limitations: facts.limitations ?? [],
  authorizeUrl: facts.authorizeUrl ?? "",
  tokenUrl: facts.tokenUrl ?? "",
  refreshUrl: facts.refreshUrl ?? facts.tokenUrl ?? "",
  userinfoUrl: facts.userinfoUrl ?? "",
  revokeUrl: facts.revoke?.url ?? "",
  revokeEndsConsent: facts.revoke?.endsConsent ?? false,
  revoke: revokeRules(facts),
  issuer: facts.issuer && {
    value: facts.issuer.value,
    verified: facts.issuer.verified,
    required: facts.issuer.required ?? false,
  },
  variables: facts.variables ?? {},
  pkce: SENDS_PKCE[facts.pkce],
  clientAuthentication: clientAuthenticationRules(facts),
  scopes: {
    default: facts.scopes.default,
    separator: facts.scopes.separator ?? " ",
    secondPrefix: facts.authorizeRequest?.secondScope?.prefix ?? "",
    parameter: facts.scopes.parameter ?? "scope",
    omitWhenEmpty: facts.scopes.omitWhenEmpty ?? true,
    listed: facts.scopes.listed ?? true,
    aliases: facts.scopes.aliases ?? {},
    neverListed: facts.scopes.neverListed ?? [],
    implies: facts.scopes.implies ?? {},
    optionalPrefix: facts.scopes.optionalPrefix ?? "",
    caseInsensitive: facts.scopes.caseInsensitive ?? false,
  },
  authorizeRequest: authorizeRequestRules(facts),
  callback: callbackRules(facts),
  tokenRequest: tokenRequestRules(facts),
  tokenAnswer: tokenAnswerRules(facts),
  expiry: expiryRules(facts),
  refresh: refreshRules(facts),
  metadata: facts.metadata ?? [],
  login: facts.login,
  hooks: facts.hooks ?? {},
  usage: {
    headerName: facts.usage?.headerName ?? "Authorization",
    headerPrefix: facts.usage?.headerPrefix ?? "Bearer ",
    apiBaseUrl: facts.usage?.apiBaseUrl ?? "",
    allowedOrigins: facts.usage?.allowedOrigins ?? [],
  },
});

const revokeRules = ({ revoke, tokenRequest }: ProviderFacts): RevokeRules => ({
  method: revoke?.method ?? "POST",
  auth: revoke?.auth ?? "client",
  body: revoke?.body ?? tokenRequest?.body ?? "form",
  tokenParameter: revoke?.tokenParameter ?? "token",
  token: revoke?.token ?? "both",
  params: revoke?.params ?? {},
  headers: revoke?.headers ?? {},
});
