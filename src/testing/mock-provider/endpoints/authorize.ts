import type { ScriptedAnswer } from "../answers/scripted-answer.ts";
import type { VendorSettings } from "../settings.ts";
import { type Deed, done, type Endpoint, refused } from "./deed.ts";

/** RFC 6749 section 4.1.1. The person decides at once, as `authorizeError` says. */
export const authorize: Endpoint = ({ settings, grants }, { query }) => {
  const { client_id: clientId = "", redirect_uri: redirectUri = "" } = query;
  if (!Object.hasOwn(settings.clients, clientId)) return badRequest("unauthorized_client");
  if (!URL.canParse(redirectUri) || query["response_type"] !== "code") return badRequest("invalid_request");
  if (settings.requiresPkce && query["code_challenge_method"] !== "S256")
    return badRequest("invalid_request");
  const location = new URL(redirectUri);
  if (settings.authorizeError !== undefined) location.searchParams.set("error", settings.authorizeError);
  else {
    const scopes = grantedScopes(settings, query["scope"] ?? "");
    const codeChallenge = query["code_challenge"];
    const code = grants.newCode({ clientId, redirectUri, scopes, codeChallenge, subject: settings.subject });
    location.searchParams.set("code", code);
  }
  if (query["state"] !== undefined) location.searchParams.set("state", query["state"]);
  if (settings.iss !== undefined) location.searchParams.set("iss", settings.iss);
  return done("ok", query["response_mode"] === "form_post" ? formPost(location) : redirect(location));
};

/** Without a redirect: RFC 6749 section 4.1.2.1. */
const badRequest = (error: string): Deed => refused(error, { status: 400, json: { error } });

const grantedScopes = ({ grantableScopes, extraScopes }: VendorSettings, asked: string): string[] => {
  const wanted = asked.split(/[ ,]+/).filter((scope) => scope !== "");
  const granted = wanted.filter((scope) => grantableScopes?.includes(scope) ?? true);
  return [...new Set([...granted, ...extraScopes])];
};

const redirect = (location: URL): ScriptedAnswer => ({ status: 302, headers: { location: location.href } });

/** OAuth 2.0 Form Post Response Mode, section 2. */
const formPost = (location: URL): ScriptedAnswer => {
  const inputs = [...location.searchParams].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const action = escapeHtml(`${location.origin}${location.pathname}`);
  return {
    headers: { "content-type": "text/html" },
    body: `<form method="post" action="${action}">${inputs.join("")}</form>`,
  };
};

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
