/**
 * What the process is told from outside, as typed values: environment variables and the files they name. Owns the table of all variables, their
 * checks, the choice of mode, secrets as a type, and the making of registrations (also those of code and RPC). Knows no database, no network, no RPC.
 *
 * Laws: the environment is read here and nowhere else, and once; what is wrong is told in one list; no message ever holds a value. What leaves
 * this room is complete: nobody downstream fills in a default.
 */
export { formatListenAddress, isLocalAddress } from "./address.ts";
export { type ApiKeyDigests, apiKeyIdPattern, ApiKeysError, parseApiKeys } from "./api-keys.ts";
export { callbackUrl, loginCallbackUrl, mcpCallbackUrl } from "./callback-url.ts";
export type {
  AuditConfig,
  AuditSink,
  BrokerConfig,
  Completion,
  DatabaseConfig,
  EgressConfig,
  EgressProxyConfig,
  InsecureLoopback,
  ListenAddress,
  LogLevel,
  RateLimitConfig,
  Mode,
  SkippedProvider,
} from "./config.ts";
export { parseCertificates } from "./certificates.ts";
export { type FollowedFile, followFile, type FollowedFileOptions } from "./followed-file.ts";
export { hostAndPort, isLoopbackHost } from "./hosts.ts";
export { loadConfig, type LoadedConfig, type LoadOptions } from "./load.ts";
export { compilePattern, compilePatterns, type Matcher } from "./pattern.ts";
export { type JwtIssuer, type JwtIssuers, parseJwtIssuers } from "./parse-jwt-issuers.ts";
export { parsePolicy, type Policy, type PolicyRule } from "./policy/parse-policy.ts";
export { DOCUMENT_ID } from "./mcp/client-metadata-url.ts";
export type { CrossDomainRule, EnvironmentClient, McpConfig } from "./mcp/mcp-config.ts";
export {
  AUTHORIZATION_CODE,
  checkOAuthClient,
  CLIENT_CREDENTIALS,
  JWT_BEARER,
  type OAuthClientFacts,
  type OAuthClientInput,
  type OAuthClientMethod,
  REFRESH_TOKEN,
  TOKEN_EXCHANGE,
} from "./mcp/oauth-client.ts";
export { parseIssuer } from "./mcp/issuer.ts";
export { mcpClientSettings } from "./mcp/read-clients.ts";
export type { TrustedIssuer } from "./mcp/trust.ts";
export { ConfigError, type ConfigProblem } from "./problems.ts";
export { createPrivateDirectory } from "./private-directory.ts";
export { type DefinedBy, defineRegistration } from "./providers/define-registration.ts";
export { providerSecretSettings, providerSettings } from "./providers/provider-settings.ts";
export type { RegistrationInput } from "./providers/registration-input.ts";
export { redirectMatcher } from "./redirect-matcher.ts";
export { refusedSchemes } from "./refused-schemes.ts";
export type { Registration, RegistrationSource } from "./registration.ts";
export { ADMIN_PREFIX, type RpcMethod, rpcMethods } from "./rpc-methods.ts";
export { FileSecret, Secret } from "./secret.ts";
export { SettingsFileError } from "./settings-file.ts";
export { plainSettings, secretSettings, type SettingGroup } from "./settings.ts";
export {
  type ClientBundleFile,
  followTls,
  type TlsConfig,
  TlsFilesError,
  type TlsMaterial,
  parseAuthorities,
} from "./tls.ts";
