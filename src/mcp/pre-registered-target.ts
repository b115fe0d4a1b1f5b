import type { Endpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import type { Grant, Pins } from "../store/index.ts";
import { methodOf } from "./clients/mcp-client.ts";
import { preRegisteredClient } from "./clients/pre-registered.ts";
import { CROSS_DOMAIN, crossDomainIssuer } from "./cross-domain.ts";
import type { McpDeps } from "./deps.ts";
import { discover } from "./discover.ts";
import type { GivenChallenge } from "./discovered.ts";
import { refuse } from "./refusal.ts";
import { endpointsOf, PINNED, pinnedServer, registrationOf } from "./registration.ts";
import { selectScopes } from "./scopes.ts";

export interface TargetRequest {
  readonly grant: Grant;
  readonly given: GivenChallenge;
  readonly scopes: readonly string[];
  /** What the client must be allowed to do; undefined = anything. */
  readonly grantType: string | undefined;
  /** Pinned as what renews the token; undefined = a refresh token does. */
  readonly renewedBy?: string | undefined;
}

export interface PreRegisteredTarget {
  readonly registration: Registration;
  readonly endpoints: Endpoints;
  readonly pins: Pins;
  readonly scopes: readonly string[];
}

export const preRegisteredTarget = async (
  deps: McpDeps,
  { grant, given, scopes: asked, grantType, renewedBy }: TargetRequest,
): Promise<PreRegisteredTarget> => {
  const { namespace, mcpServerUrl: serverUrl } = grant;
  const present = await deps.tokens.find({ ...grant, tokenName: "" });
  const found = await discover(deps, { namespace, serverUrl, given, presentIssuer: present?.pins.issuer });
  // Nobody would read a warning: no person consents to this token, and an operator's client, whose name says nothing of the server, obtains it.
  if (
    grantType !== undefined &&
    deps.config.crossDomain !== "report" &&
    found.warnings.includes(CROSS_DOMAIN)
  )
    throw crossDomainIssuer(serverUrl);
  const { server } = found;
  const client = await preRegisteredClient(deps, namespace, server.issuer);
  if (client === undefined)
    throw refuse(
      "CLIENT_REGISTRATION_REQUIRED",
      "client_registration",
      "this needs a client that was registered by hand at the server's issuer, which CheckMcpServer names: give it to RegisterOAuthClient",
      { metadata: { cause: "not_pre_registered" } },
    );
  if (grantType !== undefined && !client.grantTypes.includes(grantType)) throw notAllowed(grantType);
  const providerConfig = {
    [PINNED.method]: methodOf(client, server),
    ...(renewedBy === undefined ? {} : { [PINNED.grantType]: renewedBy }),
  };
  const registration = registrationOf(namespace, client, pinnedServer(server), providerConfig);
  return {
    registration,
    endpoints: endpointsOf(registration),
    pins: {
      registrationId: registration.id,
      clientId: registration.clientId,
      tokenUrl: server.tokenEndpoint,
      revokeUrl: server.revocationEndpoint,
      issuer: server.issuer,
      resource: found.resource,
      providerConfig,
    },
    scopes: selectScopes({
      asked,
      challenge: found.challenge,
      ofResource: found.scopesOfResource,
      ofServer: undefined,
      before: [],
    }),
  };
};

export const notAllowed = (grantType: string) =>
  refuse(
    "CLIENT_REGISTRATION_REQUIRED",
    "client_registration",
    `the client of this issuer is not registered for the grant ${grantType}: RegisterOAuthClient with it in grant_types`,
    { metadata: { cause: "grant_type_not_allowed", grant_type: grantType } },
  );
