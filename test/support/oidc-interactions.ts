/** The login and consent pages of the authorization server: plain HTML forms without script, as a person or a test's browser submits them. */
import { type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Interaction, type InteractionResults, type Provider } from "oidc-provider";

const PAGE = /^\/interaction\/([^/]+)(?:\/(login|consent|deny))?$/;

/** Answers the request if it is for one of these pages; false leaves it to the provider. */
export async function handleInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [matched, uid = "", action] = PAGE.exec(request.url ?? "") ?? [];
  if (matched === undefined) {
    return false;
  }
  const interaction = await provider.interactionDetails(request, response);
  if (action === undefined) {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(interaction.prompt.name === "login" ? loginPage(uid) : consentPage(uid, interaction));
    return true;
  }
  const form = new URLSearchParams(await text(request));
  const result = await resultOf(provider, interaction, action, form);
  await provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: action !== "deny",
  });
  return true;
}

async function resultOf(
  provider: Provider,
  interaction: Interaction,
  action: string,
  form: URLSearchParams,
): Promise<InteractionResults> {
  if (action === "login") {
    return { login: { accountId: form.get("login") ?? "" } };
  }
  if (action === "consent") {
    return { consent: { grantId: await saveGrant(provider, interaction) } };
  }
  return { error: "access_denied", error_description: "the person said no" };
}

/** Grants everything that was asked for. */
async function saveGrant(provider: Provider, { params, session, grantId }: Interaction): Promise<string> {
  const stored = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant =
    stored ?? new provider.Grant({ accountId: session?.accountId, clientId: param(params, "client_id") });
  grant.addOIDCScope(param(params, "scope"));
  return grant.save();
}

function param(params: Interaction["params"], name: string): string {
  const value = params[name];
  return typeof value === "string" ? value : "";
}

function loginPage(uid: string): string {
  return page(
    "Sign in",
    `<form method="post" action="/interaction/${uid}/login">
      <label>User <input name="login" value="ada" required></label>
      <label>Password <input name="password" type="password" value="anything"></label>
      <button>Sign in</button>
    </form>`,
  );
}

function consentPage(uid: string, { params }: Interaction): string {
  const client = escapeHtml(param(params, "client_id"));
  const scopes = escapeHtml(param(params, "scope"));
  return page(
    "Allow access",
    `<p><b>${client}</b> asks for: <code>${scopes}</code></p>
    <form method="post" action="/interaction/${uid}/consent"><button>Allow</button></form>
    <form method="post" action="/interaction/${uid}/deny"><button>Deny</button></form>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`;
}

function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
