/**
 * Who the providers are and how each is odd. Owns the facts about vendors (`data/`), the one place that turns
 * facts into a complete definition, and every check of a value that goes into a vendor's URL. Knows no
 * credentials, no environment and no network.
 *
 * Laws: a vendor's name stands here and nowhere else. No value reaches a URL before its pattern has accepted
 * it. A variable that chooses a host freely never comes from a caller. What the facts leave out means the
 * RFC's default, and `completeDefinition` alone says which.
 */
export { catalog, findTemplate, templateNames } from "./templates.ts";
export { assumedSentences, contestedSentences } from "./contested.ts";
export {
  CLIENT_CREDENTIALS_GRANT,
  definitionFor,
  GRANT_TYPE,
  hasIssuedRefreshToken,
  NOTHING_TO_SPEND,
} from "./client-credentials.ts";
export { completeDefinition } from "./definition.ts";
export type {
  HookRules,
  LoginRules,
  MetadataRule,
  ProviderDefinition,
  RevokeRules,
  ScopeRules,
  UsageRules,
} from "./definition.ts";
export type { ExpiryRules, RefreshRules, TokenAnswerRules, TokenPaths } from "./answer-rules.ts";
export type {
  AfterExchangeRules,
  AuthorizeRequestRules,
  CallbackRules,
  ClientAuthentication,
  JwtRules,
  TokenRequestRules,
} from "./request-rules.ts";
export { type Doubt, doubtAbout, standsOnCatalog } from "./doubt.ts";
export { resolveEndpoints } from "./endpoints.ts";
export type { Endpoints, Surroundings } from "./endpoints.ts";
export { runAuthorizeUrlHook, runCallbackHook, runTokenAnswerHook, runTokenRequestHook } from "./hooks.ts";
export { fillText, fillTexts, type PlaceholderValues } from "./placeholders.ts";
export { isAllowedTokenHost, TOKEN_HOST, tokenHostOf } from "./token-host.ts";
export {
  assertProviderName,
  environmentName,
  isProviderName,
  providerNamePattern,
  reservedProviderNames,
} from "./names.ts";
export { odditiesOf } from "./oddities.ts";
export { overrideEndpoints } from "./overrides.ts";
export type { EndpointOverrides } from "./overrides.ts";
export {
  isParameterName,
  isParameterValue,
  isSetByAuthorizationFlow,
  loosestParameterName,
} from "./parameters.ts";
export { plainDefinition } from "./plain-definition.ts";
export type { PlainProvider } from "./plain-definition.ts";
export { reuseSeconds } from "./reuse.ts";
export type { ProviderFacts, VariableFacts } from "./schema.ts";
export { isOfSecondKind, joinScopes, missingScopes, readScopes, splitScopes } from "./scopes.ts";
export { type ConnectionUsage, connectionUsage } from "./usage.ts";
export {
  findVariable,
  missingVariables,
  parseVariable,
  placeholdersOf,
  variableFromConnectionAllowed,
  variableSettings,
  type ParsedVariable,
} from "./variables.ts";
