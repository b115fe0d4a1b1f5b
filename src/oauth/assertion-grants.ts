import * as oauth from "oauth4webapi";
import { failureOfAnswer } from "./answer-failure.ts";
import { clientAuthentication } from "./client-authentication.ts";
import { type Dialect, sendThrough, valuesOf } from "./dialect.ts";
import type { Egress } from "./egress.ts";
import { OAuthFailure } from "./failure.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { judgeTokenAnswer } from "./token-judge.ts";
import { type ProviderCall, serverOf } from "./token-request.ts";
import type { TokenSet } from "./token-set.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";

export interface AssertionRequest extends ProviderCall {
  readonly subjectToken: string;
  /** RFC 8693 section 3. */
  readonly subjectTokenType: string;
  /** Issuer of the authorization server that the assertion is for. */
  readonly audience: string;
  readonly scopes: readonly string[];
}

/**
 * Exchanges a person's token for an Identity Assertion JWT Authorization Grant (RFC 8693 section 2.1, draft-ietf-oauth-identity-assertion-authz-grant): the
 * identity provider's word, for one authorization server and one resource.
 *
 * @throws OAuthFailure
 */
export const requestAssertion = async (egress: Egress, request: AssertionRequest): Promise<string> => {
  const { subjectToken, subjectTokenType, audience, scopes } = request;
  const response = await send(egress, request, TOKEN_EXCHANGE, {
    requested_token_type: ID_JAG,
    audience,
    subject_token: subjectToken,
    subject_token_type: subjectTokenType,
    ...scopeOf(scopes),
  });
  const rules = request.definition.tokenAnswer;
  const answer = await readTokenAnswer(rules, response);
  const failure = failureOfAnswer(rules, answer);
  if (failure) throw failure;
  const json = answer.body.kind === "object" ? answer.body.json : {};
  const assertion = json["access_token"];
  if (json["issued_token_type"] === ID_JAG && isJwt(assertion)) return assertion;
  throw new OAuthFailure("the identity provider's answer is no identity assertion", {
    class: "invalid_response",
    httpStatus: answer.status,
    sent: true,
  });
};

const MAX_JWT_LENGTH = 65_536;

const isJwt = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MAX_JWT_LENGTH && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value);

export interface AssertionGrant extends ProviderCall {
  readonly assertion: string;
  readonly scopes: readonly string[];
}

/** Buys an access token with an assertion (RFC 7523 section 2.1). @throws OAuthFailure */
export const grantByAssertion = async (egress: Egress, grant: AssertionGrant): Promise<TokenSet> => {
  const { definition, endpoints, client, assertion, scopes } = grant;
  const response = await send(egress, grant, JWT_BEARER, { assertion, ...scopeOf(scopes) });
  const server = serverOf(endpoints.tokenUrl);
  const tokens = await judgeTokenAnswer(
    definition,
    await readTokenAnswer(definition.tokenAnswer, response),
    (conforming) =>
      oauth.processGenericTokenEndpointResponse(server, { client_id: client.clientId }, conforming),
  );
  return { ...tokens, scopes: tokens.scopes ?? [...scopes] };
};

const send = (
  egress: Egress,
  call: ProviderCall,
  grantType: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Response> => {
  const { definition, endpoints, client } = call;
  return oauth.genericTokenEndpointRequest(
    serverOf(endpoints.tokenUrl),
    { client_id: client.clientId },
    clientAuthentication(definition.clientAuthentication, client, valuesOf(call)),
    grantType,
    { ...parameters },
    sendThrough(egress, call, PLAIN),
  );
};

const PLAIN: Dialect = {
  method: "POST",
  paramsIn: "body",
  body: "form",
  params: {},
  headers: {},
  drop: [],
  rename: {},
  hook: undefined,
};

const scopeOf = (scopes: readonly string[]): Record<string, string> =>
  scopes.length === 0 ? {} : { scope: scopes.join(" ") };
