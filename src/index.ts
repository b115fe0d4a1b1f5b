/**
 * The library: the broker inside a TypeScript program. Mount its RPC routes and its callback on your own Node server, call its token manager in process,
 * register providers in code, and let it live in a database of its own or in your MikroORM instance.
 */
export { createBroker, UnsavedTokensError, type Broker, type BrokerOptions } from "./embed.ts";
export { createRegistry, registry, type ProviderRegistry } from "./registry.ts";
export type { Authenticator, Caller } from "./access/index.ts";
export {
  ConfigError,
  loadConfig,
  Secret,
  type BrokerConfig,
  type LoadedConfig,
  type Registration,
  type RegistrationInput as OAuthProvider,
} from "./config/index.ts";
export { BrokerError, type BrokerErrorCode, type FieldViolation } from "./errors.ts";
export { entities, migrations, routines } from "./store/index.ts";
export type {
  AuthorizationFlow,
  AuthorizationView,
  CompletedLogin,
  CompleteLoginRequest,
  EmailAuthority,
  LoginIdentity,
  StartedAuthorization,
  StartedLogin,
  StartLoginRequest,
  StartRequest,
} from "./authorization-flow/index.ts";
export type { ConnectionView, GetTokenRequest, TokenManager, TokenView } from "./tokens/index.ts";
export type { Registrations } from "./registrations/index.ts";
export { createLogger, silentLogger, type Logger } from "./telemetry/index.ts";
