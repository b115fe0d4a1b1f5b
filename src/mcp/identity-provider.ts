import type { Endpoints } from "../catalog/index.ts";
import { parseIssuer, type Registration, TOKEN_EXCHANGE } from "../config/index.ts";
import { invalidField } from "../errors.ts";
import { createBudget } from "./budget.ts";
import { methodOf } from "./clients/mcp-client.ts";
import { preRegisteredClient } from "./clients/pre-registered.ts";
import type { McpDeps } from "./deps.ts";
import { notAllowed } from "./pre-registered-target.ts";
import { refuse } from "./refusal.ts";
import { endpointsOf, PINNED, pinnedServer, registrationOf } from "./registration.ts";
import { discoverServer } from "./server-metadata.ts";

/** Only one that an operator registered a client at: a person's token is sent to no other. */
export const findIdentityProvider = async (
  deps: McpDeps,
  { namespace, issuer }: { readonly namespace: string; readonly issuer: string },
): Promise<{ readonly registration: Registration; readonly endpoints: Endpoints }> => {
  if (parseIssuer(issuer) === undefined)
    throw invalidField("identity_provider", "must be the issuer of the identity provider: an https URL");
  const client = await preRegisteredClient(deps, namespace, issuer);
  if (client === undefined)
    throw refuse(
      "CLIENT_REGISTRATION_REQUIRED",
      "identity_provider",
      "no client is registered at this identity provider: RegisterOAuthClient with its issuer",
      { metadata: { cause: "not_pre_registered" } },
    );
  if (!client.grantTypes.includes(TOKEN_EXCHANGE)) throw notAllowed(TOKEN_EXCHANGE);
  const budget = createBudget(deps.clock, deps.discoveryMs);
  const server = await discoverServer({ egress: deps.egress, budget }, issuer);
  const providerConfig = { [PINNED.method]: methodOf(client, server) };
  const registration = registrationOf(namespace, client, pinnedServer(server), providerConfig);
  return { registration, endpoints: endpointsOf(registration) };
};
