import type { ScriptedAnswer } from "../answers/scripted-answer.ts";
import type { IssuedTokens } from "../grants/grants.ts";
import type { ProviderRequest } from "../request.ts";
import type { VendorSettings } from "../settings.ts";
import { type Deed, done, type Endpoint, type EndpointContext, refused } from "./deed.ts";
import { drawDelayMs } from "./delays.ts";
import { errorAnswer } from "./error-dialect.ts";
import { isClient } from "./known-client.ts";

/** RFC 6749 section 3.2, with the vendor's delays. */
export const token: Endpoint = (context, request) => {
  const deed = limited(context, request) ?? act(context, request);
  const { answerDelays, answerDelayMs } = context.settings;
  const delayMs = drawDelayMs(answerDelays, answerDelayMs, context.random);
  return { ...deed, answer: { ...deed.answer, delayMs } };
};

const limited = (context: EndpointContext, { client, params }: ProviderRequest): Deed | undefined => {
  const limit = context.settings.rateLimit;
  if (limit === undefined) return undefined;
  const grantId = (): string => context.grants.holderOf(params["refresh_token"] ?? "")?.grantId ?? "";
  const key = { vendor: () => "", client: () => client.clientId, grant: grantId }[limit.by]();
  const refusal = context.admit(limit, key);
  if (refusal === undefined) return undefined;
  const { retryAfter } = refusal;
  const answer = errorAnswer(context.settings.errorDialect, "too_many_requests", 429);
  const headers = { ...answer.headers, ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }) };
  return refused("too_many_requests", { ...answer, status: 429, headers }, { verdict: "rate_limited" });
};

const act: Endpoint = (context, request) => {
  const { params } = request;
  if (!isClient(context.settings, request.client))
    return refusal(context, "invalid_client", "wrong_credentials");
  switch (params["grant_type"]) {
    case "authorization_code":
      return redeem(context, request);
    case "refresh_token":
      return refresh(context, request);
    default:
      return refusal(context, "unsupported_grant_type", "unknown_grant_type");
  }
};

const refusal = ({ settings }: EndpointContext, error: string, reason: Deed["reason"] & string): Deed =>
  refused(error, errorAnswer(settings.errorDialect, error, error === "invalid_client" ? 401 : 400), {
    reason,
  });

const redeem = (context: EndpointContext, { params, client }: ProviderRequest): Deed => {
  const issued = context.grants.redeemCode(params["code"] ?? "", {
    clientId: client.clientId,
    redirectUri: params["redirect_uri"] ?? "",
    verifier: params["code_verifier"],
  });
  if (issued === undefined) return refusal(context, "invalid_grant", "bad_code");
  return done("issued", tokenAnswer(context.settings, issued), issued);
};

const refresh = (context: EndpointContext, { params, client }: ProviderRequest): Deed => {
  const scopes = params["scope"]?.split(" ").filter((scope) => scope !== "");
  const outcome = context.grants.refresh(params["refresh_token"] ?? "", client.clientId, scopes);
  if ("issued" in outcome)
    return done(outcome.verdict, tokenAnswer(context.settings, outcome.issued), outcome.issued);
  const { verdict, error, reason } = outcome;
  return { ...refusal(context, error, reason), verdict };
};

const tokenAnswer = (settings: VendorSettings, issued: IssuedTokens): ScriptedAnswer => {
  const answer = settings.tokenAnswer(answerFields(settings, issued));
  if (!settings.formEncodedAnswers) return { json: answer };
  const fields = Object.entries(answer as Record<string, unknown>).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  };
};

const answerFields = (settings: VendorSettings, issued: IssuedTokens): Record<string, unknown> => {
  const { expiresInSeconds, listsRefreshLifetime, listsScopes } = settings;
  const { refreshExpiresInSeconds } = issued;
  const hasRefreshToken = issued.refreshToken !== undefined && (settings.rotation || issued.generation === 1);
  return {
    access_token: issued.accessToken,
    token_type: "Bearer",
    ...(expiresInSeconds === undefined ? {} : { expires_in: expiresInSeconds }),
    ...(hasRefreshToken ? { refresh_token: issued.refreshToken } : {}),
    ...(listsRefreshLifetime && refreshExpiresInSeconds !== undefined
      ? { refresh_token_expires_in: refreshExpiresInSeconds }
      : {}),
    ...(listsScopes ? { scope: joinScopes(settings, issued.scopes) } : {}),
  };
};

const joinScopes = ({ scopeSeparator }: VendorSettings, scopes: readonly string[]): unknown =>
  scopeSeparator === "array" ? scopes : scopes.join(scopeSeparator);
