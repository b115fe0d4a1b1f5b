import type { ProviderDefinition } from "../catalog/index.ts";
import { BrokerError } from "../errors.ts";
import {
  claimsOf,
  IdentityFailure,
  isJsonObject,
  type JsonObject,
  OAuthFailure,
  type TokenSet,
  valueAt,
} from "../oauth/index.ts";
import type { AuthorizationRow } from "../store/index.ts";
import { askUserinfo, idTokenIn, type LoginIdentity, type ProveDeps, subjectIn } from "./identity.ts";
import { FOLLOW_UP_PATIENCE_MS } from "./interruption.ts";
import { recipeTarget } from "./login-target.ts";
import type { Exchanged } from "./redeem.ts";

/**
 * Whose account the tokens are, as one text that is compared with that of the next authorization and shown to nobody. Undefined: what was granted does not
 * tell. Nothing more is asked of the person for it, and its failure costs no token.
 *
 * The ID token came straight from the token endpoint, where TLS stands in for its signature (OpenID Connect Core section 3.1.3.7).
 */
export const accountOf = async (
  deps: Pick<ProveDeps, "egress">,
  row: AuthorizationRow,
  exchanged: Exchanged,
): Promise<string | undefined> =>
  accountInIdToken(row, exchanged) ??
  accountInAnswer(exchanged) ??
  (await accountByCall(deps, row, exchanged).catch(unlessDefect));

export const accountOfIdentity = ({ issuer, subject }: Pick<LoginIdentity, "issuer" | "subject">): string =>
  JSON.stringify([issuer, subject]);

const unlessDefect = (error: unknown): undefined => {
  if (error instanceof IdentityFailure || error instanceof OAuthFailure || error instanceof BrokerError)
    return;
  throw error;
};

const accountInIdToken = ({ clientId }: AuthorizationRow, exchanged: Exchanged): string | undefined => {
  const claims = claimsOf(jsonOf(exchanged.answer) && idTokenIn(exchanged));
  const issuer = claims?.["iss"];
  const subject = claims && subjectIn(claims, "sub");
  const isForUs = claims !== undefined && [claims["aud"]].flat().includes(clientId);
  return typeof issuer === "string" && subject !== undefined && isForUs
    ? accountOfIdentity({ issuer, subject })
    : undefined;
};

/** What the catalog says is the account's unchanging id, where the token answer has it. A list of several is none. */
const accountInAnswer = ({ registration, answer }: Exchanged): string | undefined => {
  const json = jsonOf(answer);
  const rule = registration.definition.metadata.find(
    ({ from, role }) => from === "token" && role === "account",
  );
  if (json === undefined || rule === undefined) return undefined;
  const subject = subjectIn(answerObject(registration.definition, json), rule.path);
  return subject === undefined ? undefined : accountOfIdentity({ issuer: `catalog:${rule.name}`, subject });
};

/** Undefined for an answer that is no JSON object. */
const jsonOf = ({ raw }: TokenSet): JsonObject | undefined => {
  try {
    const json: unknown = JSON.parse(raw);
    return isJsonObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
};

const answerObject = ({ tokenAnswer: { root } }: ProviderDefinition, json: JsonObject): JsonObject => {
  const inner = root === "" ? json : valueAt(json, root);
  return isJsonObject(inner) ? inner : json;
};

/** The catalog's recipe where the scopes that it needs were granted; else OpenID Connect's userinfo (Core section 5.3). */
const accountByCall = async (
  deps: Pick<ProveDeps, "egress">,
  row: AuthorizationRow,
  exchanged: Exchanged,
): Promise<string | undefined> => {
  const { registration, call, answer } = exchanged;
  const granted = new Set(answer.scopes ?? row.scopes);
  const patient = { ...exchanged, call: { ...call, timeoutMs: FOLLOW_UP_PATIENCE_MS } };
  const { login } = registration.definition;
  if (login?.userinfo && login.scopes.every((scope) => granted.has(scope))) {
    const { issuer, userinfoUrl } = recipeTarget(registration, login, login.userinfo, call.endpoints);
    const { method = "GET", headers = {}, subject: path } = login.userinfo;
    const subject = subjectIn(await askUserinfo(deps, patient, { url: userinfoUrl, method, headers }), path);
    return subject === undefined ? undefined : accountOfIdentity({ issuer, subject });
  }
  const url = call.endpoints.userinfoUrl;
  if (url === "" || !granted.has("openid")) return undefined;
  const subject = subjectIn(await askUserinfo(deps, patient, { url, method: "GET", headers: {} }), "sub");
  const issuer = call.endpoints.issuer?.value ?? new URL(url).origin;
  return subject === undefined ? undefined : accountOfIdentity({ issuer, subject });
};
