import type { TokenEndpointResponse } from "oauth4webapi";
import {
  type ProviderDefinition,
  readScopes,
  runTokenAnswerHook,
  splitScopes,
  type TokenAnswerRules,
  type TokenPaths,
} from "../catalog/index.ts";
import { failureOfAnswer } from "./answer-failure.ts";
import { OAuthFailure } from "./failure.ts";
import { isJsonObject, type JsonObject, valueAt } from "./json-path.ts";
import { lifetimeSeconds, parseSeconds } from "./lifetime.ts";
import type { TokenAnswer } from "./token-answer.ts";
import { tokenMetadata } from "./token-metadata.ts";
import type { NamedTokenSet, TokenSet } from "./token-set.ts";

export type JudgedRules = Pick<
  ProviderDefinition,
  "tokenAnswer" | "tokenRequest" | "expiry" | "metadata" | "hooks" | "scopes"
>;

/** The library's verdict over an answer in the RFC's form (RFC 6749 section 5.1). */
export type Verdict = (conforming: Response) => Promise<TokenEndpointResponse>;

/**
 * Turns an answer into a token set. The answer is first brought into the RFC's form by what the catalog knows of this vendor, then judged by the
 * library as if the vendor had written it so.
 *
 * @throws OAuthFailure
 */
export const judgeTokenAnswer = async (
  rules: JudgedRules,
  answer: TokenAnswer,
  verdict: Verdict,
): Promise<TokenSet> => {
  const failure = failureOfAnswer(rules.tokenAnswer, answer);
  if (failure) throw failure;
  const { body, status } = answer;
  if (body.kind === "text") throw unusable("outcome_unknown", status, "is no JSON");
  if (body.kind !== "object") throw unusable("invalid_response", status, "is no JSON object");
  const json = atRoot(rules.tokenAnswer, hookedAnswer(rules, body.json));
  const { main, others } = pathsIn(rules.tokenAnswer, json);
  const conforming = conformingAnswer(rules, json, main, answer.receivedAtMs);
  const tokens = await judged(verdict, conforming, status);
  const common = { tokenType: "Bearer", raw: body.raw };
  const otherTokenSet = ({ name, paths }: TokenAnswerRules["tokens"][number]): NamedTokenSet[] => {
    const other = otherToken(rules, json, paths, answer.receivedAtMs);
    return other === undefined ? [] : [{ ...common, ...other, name, metadata: {} }];
  };
  return {
    ...common,
    accessToken: tokens.access_token,
    refreshToken: rules.tokenRequest.refreshGrant.useAccessToken ? tokens.access_token : tokens.refresh_token,
    expiresInSeconds: tokens.expires_in,
    refreshExpiresInSeconds: refreshLifetimeSeconds(json),
    scopes: tokens.scope === undefined ? undefined : splitScopes(tokens.scope),
    metadata: tokenMetadata(rules.metadata, json),
    ...(rules.tokenAnswer.tokens.length === 0 ? {} : { more: others.flatMap(otherTokenSet) }),
  };
};

const hookedAnswer = ({ hooks }: JudgedRules, json: JsonObject): JsonObject =>
  hooks.tokenAnswer === undefined ? json : runTokenAnswerHook(hooks.tokenAnswer.name, json);

/** The answer, with what stands at its root at the top. Without that there is no token, which the library says. */
const atRoot = ({ root }: TokenAnswerRules, json: JsonObject): JsonObject => {
  const rooted = valueAt(json, root);
  return isJsonObject(rooted) ? { ...json, ...rooted } : json;
};

/** An answer without the main token is that of a person who was asked for one of the others only: the first of these is then the main one. */
const pathsIn = (
  { paths, tokens }: TokenAnswerRules,
  json: JsonObject,
): { readonly main: TokenPaths; readonly others: TokenAnswerRules["tokens"] } => {
  const others = tokens.filter((token) => isText(valueAt(json, token.paths.accessToken)));
  const [first, ...rest] = others;
  return first === undefined || isText(valueAt(json, paths.accessToken))
    ? { main: paths, others }
    : { main: first.paths, others: rest };
};

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** One beside the main token. Undefined where it could not be used as one. */
const otherToken = (
  rules: JudgedRules,
  json: JsonObject,
  paths: TokenPaths,
  receivedAtMs: number,
):
  | Pick<
      NamedTokenSet,
      "accessToken" | "refreshToken" | "expiresInSeconds" | "refreshExpiresInSeconds" | "scopes"
    >
  | undefined => {
  const expiry = { ...rules.expiry, absolute: undefined };
  const read = conformingAnswer({ expiry, scopes: rules.scopes }, json, paths, receivedAtMs);
  const { access_token: accessToken, refresh_token: refresh, scope } = read;
  if (!isText(accessToken) || !isToken(accessToken)) return undefined;
  return {
    accessToken,
    refreshToken: isText(refresh) && isToken(refresh) ? refresh : undefined,
    expiresInSeconds: read.expires_in,
    refreshExpiresInSeconds: undefined,
    scopes: isText(scope) ? splitScopes(scope) : undefined,
  };
};

/** The library's errors carry the body, so none of them is passed on. */
const judged = async (
  verdict: Verdict,
  conforming: JsonObject,
  status: number,
): Promise<TokenEndpointResponse> => {
  const tokens = await verdict(Response.json(conforming)).catch(() => undefined);
  if (tokens === undefined) throw unusable("invalid_response", status, "breaks RFC 6749 section 5.1");
  if (tokens.token_type !== "bearer")
    throw unusable("invalid_response", status, "has a token_type other than Bearer");
  if (!isToken(tokens.access_token) || !isToken(tokens.refresh_token ?? "unchanged"))
    throw unusable("invalid_response", status, "has a token that no HTTP header can carry");
  return tokens;
};

const MAX_TOKEN_LENGTH = 65_536;

/** RFC 6749 appendix A.12 and A.17, without blanks at the ends. */
const isToken = (text: string): boolean =>
  text.length <= MAX_TOKEN_LENGTH && /^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/.test(text);

interface ConformingAnswer extends JsonObject {
  readonly expires_in: number | undefined;
}

const conformingAnswer = (
  rules: Pick<JudgedRules, "expiry" | "scopes">,
  json: JsonObject,
  paths: TokenPaths,
  receivedAtMs: number,
): ConformingAnswer => ({
  access_token: valueAt(json, paths.accessToken),
  token_type: absentIfEmpty(valueAt(json, paths.tokenType)) ?? "Bearer",
  refresh_token: absentIfEmpty(valueAt(json, paths.refreshToken)),
  expires_in: lifetimeSeconds(rules.expiry, json, paths.expiresIn, receivedAtMs),
  scope: scopeText(rules.scopes, valueAt(json, paths.scope)),
});

const absentIfEmpty = (value: unknown): unknown => (value === null || value === "" ? undefined : value);

const MAX_SCOPE_LENGTH = 16_384;

/** A list or a text, separated by spaces, commas, or as the vendor wants scopes asked for. What is no scope (RFC 6749 section 3.3), or absurdly long, counts as not listed. */
const scopeText = (rules: JudgedRules["scopes"], value: unknown): string | undefined => {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === "string")) return undefined;
  const text = list.join(" ");
  if (text.length > MAX_SCOPE_LENGTH) return undefined;
  return readScopes(rules, text)
    .filter((scope) => /^[\u0021-\u007e]+$/.test(scope))
    .join(" ");
};

/** No RFC names it; these three are what servers of every make call it. 0 means that it does not end by time. */
const REFRESH_LIFETIME_FIELDS = [
  "refresh_token_expires_in",
  "refresh_expires_in",
  "x_refresh_token_expires_in",
];

const refreshLifetimeSeconds = (json: JsonObject): number | undefined => {
  const stated = REFRESH_LIFETIME_FIELDS.map((field) => parseSeconds(valueAt(json, field)));
  return stated.find((seconds) => seconds !== undefined) || undefined;
};

const unusable = (
  failureClass: "outcome_unknown" | "invalid_response",
  httpStatus: number,
  problem: string,
): OAuthFailure =>
  new OAuthFailure(`the provider's token answer ${problem}`, { class: failureClass, httpStatus, sent: true });
