import { fillTexts, type LoginRules } from "../catalog/index.ts";
import {
  type Egress,
  fetchUserinfo,
  IdentityFailure,
  type JsonObject,
  OAuthFailure,
  valueAt,
  type VerifyIdToken,
} from "../oauth/index.ts";
import type { AuthorizationRow } from "../store/index.ts";
import { isAllowedTenant, pinnedTarget } from "./login-target.ts";
import type { Exchanged } from "./redeem.ts";
import { nonceOf } from "./start-login.ts";

/** Who says that the address is the person's: the provider, which checked it; the provider, whose domain it is; nobody. */
export type EmailAuthority = "provider" | "verified_domain" | "none";

/** Who logged in: `issuer` and `subject` together, and nothing else. The rest is for showing. */
export interface LoginIdentity {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** Empty = the provider told none. People change addresses, and addresses change people. */
  readonly email: string;
  readonly emailAuthority: EmailAuthority;
  readonly name: string;
  /** An https URL, or empty. */
  readonly picture: string;
}

export interface ProveDeps {
  readonly egress: Egress;
  readonly verifyIdToken: VerifyIdToken;
}

/** @throws IdentityFailure; OAuthFailure when the vendor is away. */
export const proveIdentity = (
  deps: ProveDeps,
  row: AuthorizationRow,
  exchanged: Exchanged,
): Promise<LoginIdentity> =>
  pinnedTarget(row).jwksUrl === "" ? byUserinfo(deps, row, exchanged) : byIdToken(deps, row, exchanged);

const byIdToken = async (
  deps: ProveDeps,
  row: AuthorizationRow,
  exchanged: Exchanged,
): Promise<LoginIdentity> => {
  const { registration, call, callback, answer } = exchanged;
  const target = pinnedTarget(row);
  const { login } = registration.definition;
  const { issuer, subject, claims } = await deps.verifyIdToken(idTokenIn(exchanged), {
    issuer: target.issuer,
    jwksUrl: target.jwksUrl,
    clientId: row.clientId,
    nonce: nonceOf(callback.state),
    accessToken: answer.accessToken,
    trust: call.trust,
    timeoutMs: call.timeoutMs,
  });
  const isTenantBound = login?.idToken?.tenantAllowList ?? false;
  if (isTenantBound && !isAllowedTenant(registration, call.endpoints, claims["tid"]))
    throw new IdentityFailure("tenant");
  const details = { ...(await moreClaims(deps, exchanged, target.userinfoUrl, subject, claims)), ...claims };
  const email = emailOf(details["email"]);
  return {
    provider: row.provider,
    issuer,
    subject,
    email,
    emailAuthority: authorityOf(email, details, login),
    name: shownText(details["name"]),
    picture: pictureOf(details["picture"]),
  };
};

export const idTokenIn = ({ registration, answer }: Pick<Exchanged, "registration" | "answer">): unknown => {
  const json: unknown = JSON.parse(answer.raw);
  const { root } = registration.definition.tokenAnswer;
  return valueAt(root === "" ? json : valueAt(json, root), "id_token") ?? valueAt(json, "id_token");
};

/**
 * Many servers say no more in the ID token than who it is (OpenID Connect Core section 5.4). What the userinfo endpoint adds is for showing, so the
 * login does without when it is away; another person's is refused (section 5.3.2).
 */
const moreClaims = async (
  deps: ProveDeps,
  exchanged: Exchanged,
  url: string,
  subject: string,
  claims: JsonObject,
): Promise<JsonObject> => {
  if (url === "" || (claims["email"] !== undefined && claims["name"] !== undefined)) return {};
  const userinfo = await askUserinfo(deps, exchanged, { url, method: "GET", headers: {} }).catch(
    unlessDefect,
  );
  if (userinfo["sub"] !== undefined && userinfo["sub"] !== subject) throw new IdentityFailure("subject");
  return userinfo["sub"] === subject ? userinfo : {};
};

const unlessDefect = (error: unknown): JsonObject => {
  if (error instanceof IdentityFailure || error instanceof OAuthFailure) return {};
  throw error;
};

const byUserinfo = async (
  deps: ProveDeps,
  row: AuthorizationRow,
  exchanged: Exchanged,
): Promise<LoginIdentity> => {
  const recipe = exchanged.registration.definition.login?.userinfo;
  if (recipe === undefined) throw new IdentityFailure("userinfo");
  const { issuer, userinfoUrl } = pinnedTarget(row);
  const { method = "GET", headers = {} } = recipe;
  const answer = await askUserinfo(deps, exchanged, { url: userinfoUrl, method, headers });
  const email = emailOf(at(answer, recipe.email));
  return {
    provider: row.provider,
    issuer,
    subject: subjectAt(answer, recipe.subject),
    email,
    emailAuthority: email !== "" && isVerified(answer, recipe.emailVerified) ? "provider" : "none",
    name: shownText(at(answer, recipe.name)),
    picture: pictureOf(at(answer, recipe.picture)),
  };
};

const at = (answer: JsonObject, path: string | undefined): unknown =>
  path === undefined ? undefined : valueAt(answer, path);

const isVerified = (
  answer: JsonObject,
  rule: NonNullable<LoginRules["userinfo"]>["emailVerified"],
): boolean => (typeof rule === "string" ? valueAt(answer, rule) === true : (rule ?? false));

export const askUserinfo = (
  { egress }: Pick<ProveDeps, "egress">,
  { call, answer }: Pick<Exchanged, "call" | "answer">,
  request: {
    readonly url: string;
    readonly method: "GET" | "POST";
    readonly headers: Readonly<Record<string, string>>;
  },
): Promise<JsonObject> => {
  const { headerName, headerPrefix } = call.definition.usage;
  return fetchUserinfo(egress, {
    ...request,
    headers: fillTexts(request.headers, call.endpoints),
    tokenHeader: { name: headerName, prefix: headerPrefix },
    accessToken: answer.accessToken,
    trust: call.trust,
    timeoutMs: call.timeoutMs,
  });
};

/** Never empty, never a fraction, never longer than a key may be. */
const SUBJECT = /^[\u0020-\u007e]{1,255}$/;

const subjectAt = (answer: JsonObject, path: string): string => {
  const subject = subjectIn(answer, path);
  if (subject !== undefined) return subject;
  throw new IdentityFailure("subject");
};

export const subjectIn = (answer: JsonObject, path: string): string | undefined => {
  const value = valueAt(answer, path);
  const text = Number.isSafeInteger(value) || typeof value === "string" ? String(value) : "";
  return SUBJECT.test(text) && text.trim() === text ? text : undefined;
};

/**
 * `verified_domain` only for entries of the catalog, whose vendors say by these claims that the address is of a domain that they run for the person's
 * organisation; elsewhere a person may be able to write them.
 */
const authorityOf = (email: string, claims: JsonObject, login: LoginRules | undefined): EmailAuthority => {
  if (email === "") return "none";
  const domain = email.slice(email.lastIndexOf("@") + 1).toLowerCase();
  const isChecked = isTrue(claims["email_verified"], login);
  const isOfDomain = isChecked && claims["hd"] === domain;
  if (login !== undefined && (isOfDomain || claims["xms_edov"] === true)) return "verified_domain";
  return isChecked ? "provider" : "none";
};

/** Some of the catalog's vendors write it as a text. */
const isTrue = (value: unknown, login: LoginRules | undefined): boolean =>
  value === true || (login !== undefined && value === "true");

const EMAIL = /^[^\s@\p{Cc}\p{Cf}]{1,64}@[^\s@\p{Cc}\p{Cf}]{1,255}$/u;

const emailOf = (value: unknown): string => (typeof value === "string" && EMAIL.test(value) ? value : "");

const MAX_NAME_LENGTH = 255;
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

const shownText = (value: unknown): string =>
  typeof value === "string"
    ? Array.from(value.replaceAll(UNFIT, " ").trim()).slice(0, MAX_NAME_LENGTH).join("")
    : "";

const MAX_URL_LENGTH = 2048;

const pictureOf = (value: unknown): string => {
  const isUrl = typeof value === "string" && value.length <= MAX_URL_LENGTH && URL.canParse(value);
  const url = isUrl ? new URL(value) : undefined;
  return url?.protocol === "https:" && url.username === "" && url.password === "" ? url.href : "";
};
