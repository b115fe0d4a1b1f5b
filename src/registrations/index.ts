/**
 * What a provider's name means, here and now: the one place that combines the environment, code and what was registered by RPC, and that says what a
 * grant's registration is today. Owns the rules about names, who may follow to which host, and which variables a connection may give. Does not own the
 * facts about vendors (catalog), what makes a registration valid (config) or where rows lie (store).
 *
 * Laws:
 * - Registrations made by RPC are read at each use: what one replica stores the others see on their next call.
 * - A grant's registration is found by its pinned id and client id, never by name alone. If either is gone, there is an error and no other client.
 * - Credentials and tokens follow a name to other hosts only when an operator says so, in the environment or with `force`.
 * - A catalog entry's name never stands for another vendor. A name registered by RPC keeps its meaning when a catalog or an environment brings it later.
 */
export { type GrantSelector, parseGrant, parseUuid } from "./grant-selector.ts";
export { parseMcpServerUrl } from "./mcp-server-url.ts";
export type { ListProvidersRequest, ProviderPage } from "./list-providers.ts";
export { namespaceOf } from "./namespace.ts";
export { pinsOf } from "./pins-of.ts";
export type { ProviderVariableView, ProviderView } from "./provider-view.ts";
export type { RegisterProviderRequest } from "./register-provider.ts";
export {
  type CallbackTarget,
  createRegistrations,
  type Registrations,
  type RegistrationsDeps,
} from "./registrations.ts";
export type { RemoveProviderRequest } from "./remove-provider.ts";
export type { RegistrationPins } from "./resolve.ts";
export type { StoredInput } from "./stored-registration.ts";
