import { type Endpoints, fillTexts, type ProviderDefinition } from "../catalog/index.ts";
import { failureOfAnswer } from "./answer-failure.ts";
import { failureOfCall } from "./call-failure.ts";
import { basicAuthentication, clientAuthentication } from "./client-authentication.ts";
import { valuesOf } from "./dialect.ts";
import type { Egress } from "./egress.ts";
import { OAuthFailure } from "./failure.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { type ProviderCall, serverOf, withPreviousSecret } from "./token-request.ts";

export interface Revocation extends ProviderCall {
  readonly token: string;
  readonly hint: "refresh_token" | "access_token";
}

/**
 * Tells the provider that a token has ended: RFC 7009, or the vendor's own recipe. A token that the provider does not know, or no longer, is a success:
 * section 2.2 says so, and vendors that answer `invalid_token` or `invalid_grant` instead mean the same. Nothing is sent, which is a success as well,
 * for a kind of token that the vendor's endpoint does not take.
 *
 * @throws OAuthFailure; class "client" also where the provider has no revocation endpoint.
 */
export const revokeToken = async (egress: Egress, revocation: Revocation): Promise<void> => {
  const { endpoints, definition, hint } = revocation;
  if (endpoints.revokeUrl === "")
    throw new OAuthFailure("the provider has no revocation endpoint", { class: "client", sent: false });
  const { token } = definition.revoke;
  if (token === "both" || hint === `${token}_token`)
    await withPreviousSecret(revocation, (call) => attempt(egress, call));
};

const attempt = async (egress: Egress, revocation: Revocation): Promise<void> => {
  const { definition, endpoints, trust, timeoutMs } = revocation;
  const response = await send(egress, await requestOf(revocation, endpoints), {
    trust,
    deadlineMs: timeoutMs,
  });
  const failure = failureOfAnswer(
    definition.tokenAnswer,
    await readTokenAnswer(definition.tokenAnswer, response),
  );
  if (failure && !hasEnded(definition.revoke, failure)) throw failure;
};

const ALREADY_ENDED: ReadonlySet<string> = new Set(["invalid_token", "invalid_grant"]);

/** A token that is its own credential and is refused has ended, and so has what is not there to be deleted. */
const hasEnded = (
  { auth, method }: ProviderDefinition["revoke"],
  { providerError, httpStatus }: OAuthFailure,
): boolean =>
  ALREADY_ENDED.has(providerError) ||
  (auth === "bearer" && httpStatus === 401) ||
  (method === "DELETE" && httpStatus === 404);

interface WireRequest {
  readonly url: string;
  readonly init: RequestInit;
}

const send = async (
  egress: Egress,
  { url, init }: WireRequest,
  options: Parameters<Egress["fetch"]>[2],
): Promise<Response> => {
  try {
    return await egress.fetch(url, init, options);
  } catch (error) {
    throw failureOfCall(error);
  }
};

const requestOf = async (
  revocation: Revocation,
  { revokeUrl }: Pick<Endpoints, "revokeUrl">,
): Promise<WireRequest> => {
  const { revoke: recipe, tokenRequest } = revocation.definition;
  const values = valuesOf(revocation);
  const params = new URLSearchParams(tokenParams(revocation));
  const headers = new Headers({ accept: "application/json" });
  await authenticate(revocation, params, headers);
  for (const [name, value] of Object.entries(fillTexts(recipe.params, values))) params.set(name, value);
  for (const [name, value] of Object.entries(
    fillTexts({ ...tokenRequest.headers, ...recipe.headers }, values),
  ))
    headers.set(name, value);
  const init = { method: recipe.method, headers, redirect: "manual" } as const;
  switch (recipe.body) {
    case "none":
      return { url: revokeUrl, init };
    case "query":
      return { url: withQuery(revokeUrl, params), init };
    case "json":
      headers.set("content-type", "application/json");
      return { url: revokeUrl, init: { ...init, body: JSON.stringify(Object.fromEntries(params)) } };
    case "form":
      headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
      return { url: revokeUrl, init: { ...init, body: params.toString() } };
  }
};

/** The hint is the RFC's; other recipes do not know it. */
const tokenParams = ({ definition: { revoke: recipe }, token, hint }: Revocation): Record<string, string> => {
  if (recipe.tokenParameter === "") return {};
  const isStandard =
    recipe.tokenParameter === "token" && recipe.method === "POST" && recipe.auth === "client";
  return { [recipe.tokenParameter]: token, ...(isStandard ? { token_type_hint: hint } : {}) };
};

const authenticate = async (
  revocation: Revocation,
  params: URLSearchParams,
  headers: Headers,
): Promise<void> => {
  const { definition, client, endpoints, token } = revocation;
  const rules = definition.clientAuthentication;
  switch (definition.revoke.auth) {
    case "none":
      return;
    case "bearer":
      headers.set("authorization", `Bearer ${token}`);
      return;
    case "basic":
    case "client": {
      const isBasic = definition.revoke.auth === "basic" && client.clientSecret !== undefined;
      const prove = isBasic
        ? basicAuthentication(rules, client.clientId, client.clientSecret?.reveal() ?? "")
        : clientAuthentication(rules, client, valuesOf(revocation));
      await prove(serverOf(endpoints.revokeUrl), { client_id: client.clientId }, params, headers);
    }
  }
};

const withQuery = (url: string, params: URLSearchParams): string => {
  const target = new URL(url);
  for (const [name, value] of params) target.searchParams.set(name, value);
  return target.href;
};
