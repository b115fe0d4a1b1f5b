import {
  CLIENT_CREDENTIALS_GRANT,
  definitionFor,
  findTemplate,
  GRANT_TYPE,
  NOTHING_TO_SPEND,
  splitScopes,
} from "../catalog/index.ts";
import { invalidField } from "../errors.ts";
import type { PreRegisteredTarget } from "../mcp/index.ts";
import { refreshToken } from "../oauth/index.ts";
import { pinsOf } from "../registrations/index.ts";
import type { Grant } from "../store/index.ts";
import type { Acquired, AcquireTokenRequest, AcquisitionDeps } from "./acquire-token.ts";
import { refusalOf } from "./refusal.ts";

/** The client's own access (RFC 6749 section 4.4): asked for as it will be renewed. */
export const acquireByCredentials = async (
  deps: AcquisitionDeps,
  grant: Grant,
  request: AcquireTokenRequest,
): Promise<Acquired> => {
  const target =
    grant.mcpServerUrl === ""
      ? await providerTarget(deps, grant, request)
      : await mcpTarget(deps, grant, request);
  const { registration, endpoints, pins, scopes } = target;
  const definition = definitionFor(registration.definition, pins.providerConfig);
  try {
    const answer = await refreshToken(deps.egress, {
      definition,
      endpoints,
      client: registration,
      previousClientSecret: registration.previousClientSecret,
      trust: deps.registrations.trustOf(registration, pins.providerConfig),
      resource: pins.resource,
      timeoutMs: deps.providerTimeoutMs,
      refreshToken: NOTHING_TO_SPEND,
      scopes,
    });
    return {
      registration: { ...registration, definition },
      pins,
      answer: { ...answer, refreshToken: NOTHING_TO_SPEND, scopes: answer.scopes ?? scopes },
      scopes,
    };
  } catch (error) {
    throw refusalOf(error, "client_credentials");
  }
};

const mcpTarget = (
  { mcp }: AcquisitionDeps,
  grant: Grant,
  request: AcquireTokenRequest,
): Promise<PreRegisteredTarget> =>
  mcp.preRegistered({
    grant,
    given: request.challenge ?? {},
    scopes: (request.scopes ?? []).flatMap(splitScopes),
    grantType: CLIENT_CREDENTIALS_GRANT,
    renewedBy: CLIENT_CREDENTIALS_GRANT,
  });

/** Of a catalog entry only where its vendor documents the grant; whoever configured another provider knows. */
const providerTarget = async (
  { registrations }: AcquisitionDeps,
  grant: Grant,
  request: AcquireTokenRequest,
): Promise<PreRegisteredTarget> => {
  const registration = await registrations.resolve(grant.namespace, grant.provider);
  if (findTemplate(registration.template)?.clientCredentials === undefined && registration.template !== "")
    throw invalidField(
      "provider",
      "is not known to offer client credentials: a provider of your own (RegisterProvider without template) may use them",
    );
  if (registration.clientSecret === undefined)
    throw invalidField("provider", "has a public client, which has no credentials to ask with");
  const config = registrations.checkProviderConfig(registration, request.providerConfig ?? {});
  const endpoints = registrations.endpointsFor(registration, config);
  return {
    registration,
    endpoints,
    pins: pinsOf(registration, endpoints, { ...config, [GRANT_TYPE]: CLIENT_CREDENTIALS_GRANT }),
    scopes: [...new Set((request.scopes ?? []).flatMap(splitScopes))],
  };
};
