import type { Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { CallbackTarget, RegistrationPins, Registrations } from "../registrations/index.ts";
import type { RefreshableRegistration } from "../store/index.ts";
import { callbackKey } from "./callback-key.ts";
import {
  clientOfEnvironment,
  findEnvironmentClient,
  isEnvironmentClient,
} from "./clients/environment-client.ts";
import type { McpClient } from "./clients/mcp-client.ts";
import { clientOfRow, isMcpRegistration, registrationIdOf, rowIdOf } from "./clients/stored-client.ts";
import type { McpDeps } from "./deps.ts";
import { endpointsOf, registrationOf } from "./registration.ts";

/** Registrations that also know those of discovered servers: everything that works for a provider's grant works for an MCP server's. */
export const withMcpServers = (base: Registrations, deps: McpDeps): Registrations => ({
  ...base,
  resolvePinned: (namespace, name, pins) =>
    isMcpRegistration(pins.registrationId)
      ? resolvePinned(deps, namespace, pins)
      : base.resolvePinned(namespace, name, pins),
  endpointsFor: (registration, providerConfig) =>
    registration.source === "mcp"
      ? endpointsOf(registration)
      : base.endpointsFor(registration, providerConfig),
  // A stranger chose the URLs.
  trustOf: (registration, providerConfig) =>
    registration.source === "mcp" ? "user" : base.trustOf(registration, providerConfig),
  callbackUrl: (target) => callbackUrlOf(base, deps, target),
  refreshable: async () => [...(await base.refreshable()), ...(await refreshable(deps))],
  dropRefused: (registration) =>
    registration.source === "mcp" ? dropRefused(deps, registration) : base.dropRefused(registration),
});

const callbackUrlOf = (base: Registrations, deps: McpDeps, target: CallbackTarget): string => {
  const { namespace, mcpServerUrl = "", pins } = target;
  return mcpServerUrl === ""
    ? base.callbackUrl(target)
    : deps.callbackUrl(callbackKey(namespace, pins?.issuer ?? ""));
};

/**
 * The client that a grant was made with, at the endpoints that were discovered then. They do not change under a grant: a server that moves needs a new
 * consent.
 */
const resolvePinned = async (
  deps: McpDeps,
  namespace: string,
  pins: RegistrationPins,
): Promise<Registration> => {
  const { issuer = "", tokenUrl = "", revokeUrl = "", providerConfig = {} } = pins;
  const client = await findClient(deps, namespace, pins.registrationId, issuer);
  if (client.clientId !== pins.clientId) throw clientGone("client_changed");
  return registrationOf(namespace, client, { issuer, authorizeUrl: "", tokenUrl, revokeUrl }, providerConfig);
};

const findClient = async (
  { config, clients }: McpDeps,
  namespace: string,
  registrationId: string,
  issuer: string,
): Promise<McpClient> => {
  if (isEnvironmentClient(registrationId)) {
    const client = findEnvironmentClient(config.clients, registrationId, issuer);
    if (client) return client;
    throw new BrokerError(
      "PROVIDER_MISCONFIGURED",
      "the client that this grant was made with is not in BROKER_MCP_CLIENTS any more, or has another issuer: restore it, or authorize again",
      { metadata: { cause: "registration_missing" } },
    );
  }
  const row = await clients.get(rowIdOf(registrationId));
  const isOwn = row?.namespace === namespace && row.issuer === issuer;
  if (!isOwn || row.retiredReason === "refused" || row.retiredReason === "deleted")
    throw clientGone(row?.retiredReason === "refused" ? "client_refused" : "registration_missing");
  return clientOfRow(clients, row);
};

/** Nothing that an operator could correct: the broker registers another client, and a person allows that one. */
const clientGone = (cause: string): BrokerError =>
  new BrokerError(
    "REAUTHORIZATION_REQUIRED",
    "the authorization server does not know the client any more that this grant was made with: the person must authorize again (StartAuthorization)",
    { metadata: { cause } },
  );

const refreshable = async ({ clients, config }: McpDeps): Promise<RefreshableRegistration[]> => [
  ...(await clients.listUsable()).map(({ id, clientId }) => ({ id: registrationIdOf(id), clientId })),
  ...config.clients.map(clientOfEnvironment).map(({ registrationId: id, clientId }) => ({ id, clientId })),
];

/**
 * Once: a client that took the place of a refused one less than an hour ago and is refused as well is not the reason, and a third registration would be
 * refused, too.
 */
const dropRefused = async (
  { clients, logger }: McpDeps,
  { id, namespace }: Registration,
): Promise<boolean> => {
  const row = isEnvironmentClient(id) ? undefined : await clients.get(rowIdOf(id));
  if (row?.origin !== "dynamic") return false;
  if (row.retiredReason === "refused") return true;
  if (row.refusals > 0) return false;
  if (await clients.retire(row.id, "refused"))
    logger.warn("OAuth client refused by its server", { namespace, host: new URL(row.issuer).host });
  return true;
};
