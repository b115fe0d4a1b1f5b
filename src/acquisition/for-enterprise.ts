import { splitScopes } from "../catalog/index.ts";
import { JWT_BEARER } from "../config/index.ts";
import { invalidField } from "../errors.ts";
import { grantByAssertion, requestAssertion } from "../oauth/index.ts";
import type { Grant } from "../store/index.ts";
import type { Acquired, AcquireTokenRequest, AcquisitionDeps, EnterpriseGrant } from "./acquire-token.ts";
import { refusalOf } from "./refusal.ts";

const TOKEN_TYPES: Record<EnterpriseGrant["subjectTokenType"], string> = {
  id_token: "urn:ietf:params:oauth:token-type:id_token",
  refresh_token: "urn:ietf:params:oauth:token-type:refresh_token",
  saml2: "urn:ietf:params:oauth:token-type:saml2",
};

/** Visible characters: a JWT, an opaque token, or base64url of a SAML assertion. */
const SUBJECT_TOKEN = /^[\x21-\x7e]{1,65536}$/;

/**
 * Enterprise-managed authorization of the MCP extensions: the identity provider exchanges the person's token for an assertion, and the server's
 * authorization server takes that for an access token. Who may use which server is decided at the identity provider.
 */
export const acquireForEnterprise = async (
  deps: AcquisitionDeps,
  grant: Grant,
  request: AcquireTokenRequest,
  { subjectToken, subjectTokenType, identityProvider }: EnterpriseGrant,
): Promise<Acquired> => {
  if (!SUBJECT_TOKEN.test(subjectToken))
    throw invalidField("subject_token", "must be 1 to 65536 visible ASCII characters");
  const target = await deps.mcp.preRegistered({
    grant,
    given: request.challenge ?? {},
    scopes: (request.scopes ?? []).flatMap(splitScopes),
    grantType: JWT_BEARER,
  });
  const idp = await deps.mcp.identityProvider({ namespace: grant.namespace, issuer: identityProvider });
  const { registration, endpoints, pins, scopes } = target;
  const common = {
    trust: "user",
    resource: pins.resource,
    timeoutMs: deps.providerTimeoutMs,
    scopes,
  } as const;
  const assertion = await step("token_exchange", () =>
    requestAssertion(deps.egress, {
      ...common,
      definition: idp.registration.definition,
      endpoints: idp.endpoints,
      client: idp.registration,
      subjectToken,
      subjectTokenType: TOKEN_TYPES[subjectTokenType],
      audience: pins.issuer,
    }),
  );
  const answer = await step("jwt_bearer", () =>
    grantByAssertion(deps.egress, {
      ...common,
      definition: registration.definition,
      endpoints,
      client: registration,
      assertion,
    }),
  );
  return { registration, pins, answer, scopes };
};

const step = async <T>(name: "token_exchange" | "jwt_bearer", call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw refusalOf(error, name);
  }
};
