import {
  doubtAbout,
  type Endpoints,
  findTemplate,
  reuseSeconds,
  type Surroundings,
} from "../catalog/index.ts";
import {
  defineRegistration,
  type InsecureLoopback,
  type Registration,
  type RegistrationInput,
  type SkippedProvider,
} from "../config/index.ts";
import type { Trust } from "../oauth/index.ts";
import type { ProviderRepository, RefreshableRegistration, TokenRepository } from "../store/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { createBuiltInRegistrations } from "./built-in-registrations.ts";
import {
  getProvider,
  listProviders,
  type ListProvidersRequest,
  type ProviderPage,
  type ViewDeps,
} from "./list-providers.ts";
import { checkProviderConfig, choosesHost, endpointsFor } from "./provider-config.ts";
import { activeView, type ProviderView } from "./provider-view.ts";
import {
  alreadyExists,
  assertNotMisleading,
  registerProvider,
  type RegisterProviderRequest,
} from "./register-provider.ts";
import { removeProvider, type RemoveProviderRequest } from "./remove-provider.ts";
import { type RegistrationPins, resolve, resolvePinned } from "./resolve.ts";
import { registrationId } from "./stored-registration.ts";

type Values = Readonly<Record<string, string>>;

export interface RegistrationsDeps {
  readonly logger: Logger;
  /** Of the environment, from the configuration. */
  readonly registrations: readonly Registration[];
  readonly skipped: readonly SkippedProvider[];
  readonly providers: ProviderRepository;
  readonly tokens: Pick<TokenRepository, "countByRegistration">;
  /** Whether endpoints on this machine may be registered. */
  readonly insecureLoopback: InsecureLoopback;
  callbackUrl(target: { readonly namespace: string; readonly provider: string }): string;
}

/** Whose flows come back. A grant of an MCP server names its issuer, because each has a callback of its own. */
export interface CallbackTarget {
  readonly namespace: string;
  readonly provider: string;
  readonly mcpServerUrl?: string;
  readonly pins?: { readonly issuer: string };
}

export interface Registrations {
  /** What a name means now in a namespace. @throws BrokerError PROVIDER_NOT_FOUND, `metadata.missing` naming the variables. */
  resolve(namespace: string, name: string): Promise<Registration>;
  /** The registration a grant or flow was made with. @throws BrokerError PROVIDER_MISCONFIGURED with `metadata.cause`. */
  resolvePinned(namespace: string, name: string, pins: RegistrationPins): Promise<Registration>;
  /** Normal form of a connection's variables. @throws BrokerError INVALID_REQUEST naming `provider_config.<name>`. */
  checkProviderConfig(registration: Registration, given: Values): Record<string, string>;
  /** @throws BrokerError PROVIDER_MISCONFIGURED. */
  endpointsFor(registration: Registration, providerConfig: Values): Endpoints;
  /** Where the flows of a provider in a namespace come back to. */
  callbackUrl(target: CallbackTarget): string;
  /** How far the hosts of a connection are trusted by the guarded fetch. */
  trustOf(registration: Registration, providerConfig: Values): Trust;
  /** What the sweep may refresh: everything this replica has credentials for. */
  refreshable(): Promise<readonly RefreshableRegistration[]>;
  /**
   * The server refuses the client (`invalid_client`). True: the broker had registered it by itself and has forgotten it now, so that its grants need a new
   * consent; false: it is somebody's to correct.
   */
  dropRefused(registration: Registration): Promise<boolean>;

  register(request: RegisterProviderRequest): Promise<ProviderView>;
  remove(request: RemoveProviderRequest): Promise<void>;
  get(request: { readonly namespace?: string | undefined; readonly name: string }): Promise<ProviderView>;
  list(request: ListProvidersRequest): Promise<ProviderPage>;
  /** For every namespace, until the process ends. @throws BrokerError INVALID_REQUEST; PROVIDER_ALREADY_EXISTS. */
  registerInCode(provider: RegistrationInput): Registration;
}

export const createRegistrations = (given: RegistrationsDeps): Registrations => {
  const deps: ViewDeps & RegistrationsDeps = {
    ...given,
    builtIn: createBuiltInRegistrations(given.registrations),
  };
  return {
    resolve: (namespace, name) => resolve(deps, namespace, name),
    resolvePinned: (namespace, name, pins) => resolvePinned(deps, namespace, name, pins),
    checkProviderConfig,
    endpointsFor: (registration, providerConfig) =>
      endpointsFor(registration, providerConfig, surroundingsOf(deps, registration)),
    callbackUrl: (target) => deps.callbackUrl(target),
    trustOf,
    refreshable: () => refreshable(deps),
    dropRefused: async () => false,
    async register(request) {
      const registration = await registerProvider(deps, request);
      warnOfDoubt(deps, registration);
      const { namespace, name } = registration;
      return activeView(registration, deps.callbackUrl({ namespace, provider: name }));
    },
    remove: (request) => removeProvider(deps, request),
    get: (request) => getProvider(deps, request),
    list: (request) => listProviders(deps, request),
    registerInCode: (provider) => registerInCode(deps, provider),
  };
};

/** Every callback of this broker has the same host. */
const surroundingsOf = (
  { callbackUrl }: Pick<RegistrationsDeps, "callbackUrl">,
  { namespace, name, clientId }: Registration,
): Surroundings => ({
  client_id: clientId,
  redirect_host: new URL(callbackUrl({ namespace, provider: name })).hostname,
});

/** The operator wrote environment and code; hosts that came by RPC, or that a connection's variable shapes, must be public. */
const trustOf = (registration: Registration, providerConfig: Values): Trust =>
  registration.source === "rpc" || choosesHost(registration, providerConfig) ? "user" : "operator";

const refreshable = async ({ builtIn, providers }: ViewDeps): Promise<RefreshableRegistration[]> => {
  const stored = await providers.listAll();
  return [
    ...builtIn.all().map(({ id, clientId, definition }) => ({
      id,
      clientId,
      reuseSeconds: reuseSeconds(definition.refresh),
    })),
    ...stored.map(({ id, clientId, template }) => ({
      id: registrationId(id),
      clientId,
      reuseSeconds: reuseSeconds(findTemplate(template)?.refresh ?? {}),
    })),
  ];
};

const registerInCode = (
  deps: ViewDeps & Pick<RegistrationsDeps, "logger">,
  provider: RegistrationInput,
): Registration => {
  const { builtIn, insecureLoopback } = deps;
  if (builtIn.byName(provider.name)) throw alreadyExists(provider.name);
  assertNotMisleading(provider);
  const id = `code:${provider.name}`;
  const registration = defineRegistration(provider, { source: "code", namespace: "", id, insecureLoopback });
  builtIn.add(registration);
  warnOfDoubt(deps, registration);
  return registration;
};

/** Of what the environment activates, the configuration warns. */
const warnOfDoubt = (
  { logger }: Pick<RegistrationsDeps, "logger">,
  { definition, name, namespace, template }: Registration,
): void => {
  const doubt = doubtAbout(definition, template);
  if (doubt)
    logger.warn("an experimental provider was registered", {
      provider: name,
      namespace,
      template,
      reason: doubt.confidence,
      message: doubt.text,
    });
};
