import type { ScriptedAnswer } from "./provider-answers.ts";
import { fingerprint, type GrantRules, type Grants, type IssuedTokens } from "./provider-grants.ts";
import type { PresentedClient, ProviderEndpoint, ProviderRequest } from "./provider-requests.ts";

/** What may be changed while the server runs: `provider.settings.graceMs = 2000`. */
export interface ProviderSettings extends GrantRules {
  /** Client id → secret; undefined = a public client. Anything else is `invalid_client`. Default: `client` with `secret`. */
  clients: Record<string, string | undefined>;
  /** `expires_in` of every answer; undefined leaves it out. Default 3600. */
  expiresInSeconds: number | undefined;
  /** Whether the answer lists the granted scopes. Default true. */
  listsScopes: boolean;
  /** What the person does at the consent page: undefined allows, otherwise the error code that goes back. */
  authorizeError: string | undefined;
  /** Who the person is. Default "subject-1". */
  subject: string;
  /** Sent as `iss` with every authorization response (RFC 9207); undefined sends none. */
  iss: string | undefined;
  /** Refuses an authorization request without `code_challenge_method=S256`. Default false. */
  requiresPkce: boolean;
  /** Waits so long after the deed and before the answer, at the token endpoint. Default 0. */
  answerDelayMs: number;
  /** Changes the token answer before it is sent: another vendor's dialect. */
  tokenAnswer: (answer: Record<string, unknown>) => unknown;
}

export const defaultSettings: ProviderSettings = {
  rotation: true,
  graceMs: 0,
  revokeFamilyOnReuse: false,
  killAccessTokenOnRefresh: false,
  issueRefreshToken: true,
  clients: { client: "secret" },
  expiresInSeconds: 3600,
  listsScopes: true,
  authorizeError: undefined,
  subject: "subject-1",
  iss: undefined,
  requiresPkce: false,
  answerDelayMs: 0,
  tokenAnswer: (answer) => answer,
};

/** What a well-behaved server does and says. */
export const answerOf = (
  settings: ProviderSettings,
  grants: Grants,
  request: ProviderRequest,
): ScriptedAnswer => {
  const answer = ANSWERS[request.endpoint](settings, grants, request);
  if (request.verdict === "") request.verdict = errorIn(answer);
  return answer;
};

const errorIn = ({ json }: ScriptedAnswer): string => (json as { error?: string } | undefined)?.error ?? "ok";

type Answer = (settings: ProviderSettings, grants: Grants, request: ProviderRequest) => ScriptedAnswer;

const refusal = (error: string, status = 400): ScriptedAnswer => ({ status, json: { error } });

const authorize: Answer = (settings, grants, { query }) => {
  const { client_id: clientId = "", redirect_uri: redirectUri = "", state, scope = "" } = query;
  if (!Object.hasOwn(settings.clients, clientId)) return refusal("unauthorized_client");
  if (!URL.canParse(redirectUri) || query["response_type"] !== "code") return refusal("invalid_request");
  if (settings.requiresPkce && query["code_challenge_method"] !== "S256") return refusal("invalid_request");
  const location = new URL(redirectUri);
  if (settings.authorizeError !== undefined) location.searchParams.set("error", settings.authorizeError);
  else {
    const scopes = scope.split(/[ ,]+/).filter((item) => item !== "");
    const codeChallenge = query["code_challenge"];
    const code = grants.newCode({ clientId, redirectUri, scopes, codeChallenge, subject: settings.subject });
    location.searchParams.set("code", code);
  }
  if (state !== undefined) location.searchParams.set("state", state);
  if (settings.iss !== undefined) location.searchParams.set("iss", settings.iss);
  return query["response_mode"] === "form_post"
    ? formPost(location)
    : { status: 302, headers: { location: location.href } };
};

/** OAuth 2.0 Form Post Response Mode, section 2. */
const formPost = (location: URL): ScriptedAnswer => {
  const inputs = [...location.searchParams].map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
  );
  return {
    headers: { "content-type": "text/html" },
    body: `<form method="post" action="${location.origin}${location.pathname}">${inputs.join("")}</form>`,
  };
};

const token: Answer = (settings, grants, request) => {
  const { params, client } = request;
  if (!isClient(settings, client)) return refusal("invalid_client", 401);
  const presented = params["grant_type"] === "refresh_token" ? params["refresh_token"] : params["code"];
  request.fingerprint = fingerprint(presented ?? "");
  const issued = issue(grants, request);
  if (typeof issued === "string") return refusal(issued);
  request.verdict = "issued";
  request.generation = issued.generation;
  return { json: settings.tokenAnswer(tokenAnswer(settings, issued)), delayMs: settings.answerDelayMs };
};

const issue = (grants: Grants, { params, client }: ProviderRequest): IssuedTokens | string => {
  const { clientId } = client;
  switch (params["grant_type"]) {
    case "authorization_code": {
      const redirectUri = params["redirect_uri"] ?? "";
      return (
        grants.redeemCode(params["code"] ?? "", {
          clientId,
          redirectUri,
          verifier: params["code_verifier"],
        }) ?? "invalid_grant"
      );
    }
    case "refresh_token":
      return grants.refresh(params["refresh_token"] ?? "", clientId) ?? "invalid_grant";
    default:
      return "unsupported_grant_type";
  }
};

const tokenAnswer = (settings: ProviderSettings, issued: IssuedTokens): Record<string, unknown> => ({
  access_token: issued.accessToken,
  token_type: "Bearer",
  ...(settings.expiresInSeconds === undefined ? {} : { expires_in: settings.expiresInSeconds }),
  ...(issued.refreshToken === undefined || (!settings.rotation && issued.generation > 1)
    ? {}
    : { refresh_token: issued.refreshToken }),
  ...(settings.listsScopes ? { scope: issued.scopes.join(" ") } : {}),
});

const isClient = ({ clients }: ProviderSettings, { clientId, clientSecret }: PresentedClient): boolean =>
  Object.hasOwn(clients, clientId) && clients[clientId] === clientSecret;

const revoke: Answer = (settings, grants, request) => {
  if (!isClient(settings, request.client)) return refusal("invalid_client", 401);
  request.fingerprint = fingerprint(request.params["token"] ?? "");
  grants.revoke(request.params["token"] ?? "");
  request.verdict = "revoked";
  return {};
};

const userinfo: Answer = (_, grants, { headers }) => {
  const subject = grants.subjectOf((headers.authorization ?? "").replace(/^Bearer /, ""));
  return subject === undefined ? refusal("invalid_token", 401) : { json: { sub: subject } };
};

const ANSWERS: Record<ProviderEndpoint, Answer> = {
  authorize,
  token,
  revoke,
  userinfo,
  other: () => refusal("not_found", 404),
};
