import { afterAll, beforeAll, expect, it } from "vitest";
import { completeDefinition, findTemplate, type ProviderDefinition } from "../../src/catalog/index.ts";
import type { TokenSet } from "../../src/oauth/index.ts";
import { json, type ScriptedAnswer, startTestProvider, type TestProvider } from "../support/provider.ts";
import { type Calls, callsTo, failureOf } from "./calls.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startTestProvider();
});
afterAll(() => provider.close());

/** The catalog's entry with the test provider in the vendor's place. */
const callsAs = (vendor: string): Calls => {
  const facts = findTemplate(vendor);
  if (facts === undefined) throw new Error(`no ${vendor} in the catalog`);
  const definition: ProviderDefinition = completeDefinition(facts);
  const { authorizeUrl, tokenUrl, revokeUrl } = provider;
  return callsTo(provider, {
    ...definition,
    authorizeUrl,
    tokenUrl,
    refreshUrl: tokenUrl,
    revokeUrl,
    variables: {},
    issuer: undefined,
    usage: { ...definition.usage, apiBaseUrl: "", allowedOrigins: [] },
  });
};

it.each<[vendor: string, answer: ScriptedAnswer, expected: Partial<TokenSet>]>([
  [
    "github",
    {
      body: "access_token=gho_x&scope=repo%2Cuser&token_type=bearer",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    },
    { accessToken: "gho_x", scopes: ["repo", "user"] },
  ],
  [
    "slack",
    json({
      ok: true,
      access_token: "xoxb",
      token_type: "bot",
      scope: "chat:write,users:read",
      team: { id: "T1" },
    }),
    { accessToken: "xoxb", tokenType: "Bearer", scopes: ["chat:write", "users:read"] },
  ],
  ["mailchimp", json({ access_token: "mc", expires_in: 0, scope: null }), { expiresInSeconds: undefined }],
  [
    "bitbucket",
    json({ access_token: "bb", scopes: "account email", expires_in: 7200 }),
    { scopes: ["account", "email"], expiresInSeconds: 7200 },
  ],
  [
    "squareup",
    json({ access_token: "sq", token_type: "bearer", expires_at: "1999-01-01T00:00:00Z" }),
    { expiresInSeconds: 0 },
  ],
  [
    "salesforce",
    json({ access_token: "sf", instance_url: "https://x.my.salesforce.com", issued_at: "1278448832702" }),
    { expiresInSeconds: 7200 },
  ],
  [
    "linkedin",
    json({ access_token: "li", expires_in: 5184000, refresh_token: "r", refresh_token_expires_in: 31536000 }),
    { refreshExpiresInSeconds: 31_536_000 },
  ],
])("reads an answer of %s", async (vendor, answer, expected) => {
  provider.script("token", answer);
  expect(await callsAs(vendor).exchange()).toMatchObject(expected);
});

it.each([
  ["github", 200, { error: "bad_refresh_token" }, "rejected", "invalid_grant"],
  ["github", 200, { error: "bad_verification_code" }, "rejected", "invalid_grant"],
  ["github", 200, { error: "incorrect_client_credentials" }, "client", "invalid_client"],
  ["github", 200, { error: "redirect_uri_mismatch" }, "client", ""],
  ["slack", 200, { ok: false, error: "token_revoked" }, "rejected", "invalid_grant"],
  ["slack", 200, { ok: false, error: "bad_client_secret" }, "client", "invalid_client"],
  ["slack", 200, { ok: false, error: "fatal_error" }, "client", ""],
  ["zoho", 200, { error: "invalid_client_secret" }, "client", "invalid_client"],
  [
    "fitbit",
    400,
    { success: false, errors: [{ errorType: "invalid_grant", message: "…" }] },
    "rejected",
    "invalid_grant",
  ],
  ["fitbit", 401, { success: false, errors: [{ errorType: "invalid_client" }] }, "client", "invalid_client"],
  [
    "google",
    400,
    { error: "invalid_grant", error_description: "Token has been expired or revoked." },
    "rejected",
    "invalid_grant",
  ],
] as const)(
  "reads an error of %s: status %i, %j",
  async (vendor, status, body, failureClass, providerError) => {
    provider.script("token", json(body, { status }));
    expect(await failureOf(callsAs(vendor).refresh())).toMatchObject({ class: failureClass, providerError });
  },
);

it("asks each vendor in its own way", async () => {
  const sent = async (vendor: string, call: "exchange" | "refresh") => {
    provider.script("token", json({ access_token: "at", token_type: "bearer", ok: true }));
    await callsAs(vendor)[call]();
    const request = provider.requests.at(-1);
    return {
      ...request?.params,
      type: request?.headers["content-type"]?.split(";")[0],
      agent: request?.headers["user-agent"],
      grant: request?.params["grant_type"],
      kind: request?.params["type"],
    };
  };
  expect(await sent("notion", "exchange")).toMatchObject({
    type: "application/json",
    grant: "authorization_code",
  });
  expect(await sent("basecamp", "exchange")).toMatchObject({ kind: "web_server", grant: undefined });
  expect(await sent("basecamp", "refresh")).toMatchObject({ kind: "refresh", grant: undefined });
  expect((await sent("reddit", "refresh")).agent).toMatch(/token-broker/);
  expect(await sent("shopify", "exchange")).toMatchObject({ expiring: "1" });
});
