import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { completeDefinition, findTemplate, type ProviderFacts } from "../../../src/catalog/index.ts";
import { CLIENT_SECRET, sentTo, useOddities } from "./use-oddities.ts";

const factsOf = (name: string): ProviderFacts => {
  const facts = findTemplate(name);
  if (facts === undefined) throw new Error(`no ${name} in the catalog`);
  return facts;
};

/** The issuer of a catalog entry, at a vendor of our own. */
const issuerOf = (name: string) => {
  const { issuer } = factsOf(name);
  return { facts: () => (issuer === undefined ? {} : { issuer }), registration: { template: name } };
};

/** An entry whose issuer is only what libraries call the vendor. */
const LABELLED = "auth0";

const broker = useOddities({
  plain: {},
  "code-by-another-name": { facts: () => ({ callback: { codeParameter: "spapi_oauth_code" } }) },
  "error-by-another-name": {
    facts: () => ({ callback: { errorParameter: "error_reason", denied: ["user_denied"] } }),
  },
  "denied-in-other-words": { facts: () => ({ callback: { denied: ["user_denied"] } }) },
  forwards: { facts: () => ({ callback: { forward: ["device_id", "state", "context", "grant_type"] } }) },
  "keeps-callback-values": {
    facts: () => ({
      metadata: [
        { name: "realm_id", from: "callback", path: "realmId" },
        { name: "team", from: "token", path: "team.id" },
      ],
    }),
    vendor: { "/token": () => ({ json: { access_token: "at", team: { id: "T1" } } }) },
  },
  signs: {
    facts: () => ({
      hooks: { callback: { name: "signedQuery", documentation: "https://vendor.example/docs" } },
    }),
  },
  github: issuerOf("github"),
  labelled: issuerOf(LABELLED),
});

describe("the callback", () => {
  it("has the code under the vendor's own name, and under no other (21)", async () => {
    const flow = await broker.connect("code-by-another-name", {
      callback: { code: undefined, spapi_oauth_code: "other-code", selling_partner_id: "S1" },
    });
    expect(flow.outcome).toEqual({ success: "true" });
    expect(sentTo(flow, "/token").params).toMatchObject({ code: "other-code" });
    const foreign = { callback: { code: undefined, spapi_oauth_code: "other-code" } };
    expect((await broker.connect("plain", foreign)).outcome).toEqual({ status: "400" });
  });

  it.each([
    ["error-by-another-name", { error_reason: "user_denied" }, "access_denied"],
    ["error-by-another-name", { error_reason: "down" }, "provider_error"],
    ["denied-in-other-words", { error: "user_denied" }, "access_denied"],
    ["denied-in-other-words", { error: "access_denied" }, "access_denied"],
    ["plain", { error: "user_denied" }, "provider_error"],
  ])("says in the vendor's words that the person refused: %s %j (26)", async (name, callback, error) => {
    const flow = await broker.connect(name, { callback: { code: undefined, ...callback } });
    expect(flow.outcome).toEqual({ error });
    expect(flow.requests()).toHaveLength(0);
  });

  it("has values that the exchange repeats, and can change nothing of it (22)", async () => {
    const flow = await broker.connect("forwards", {
      callback: { device_id: "D{client_id}", context: "stores/x", grant_type: "password", other: "x" },
    });
    const { params } = sentTo(flow, "/token");
    expect(params).toMatchObject({
      device_id: "D{client_id}",
      context: "stores/x",
      state: flow.authorizeUrl.searchParams.get("state"),
      grant_type: "authorization_code",
    });
    expect(params).not.toHaveProperty("other");
  });

  it("waits with its values for the ticket (22, 36)", async () => {
    const forwards = await broker.connect("forwards", { byTicket: true, callback: { device_id: "D1" } });
    expect(forwards.outcome).toEqual({ ticket: expect.any(String) });
    expect(sentTo(forwards, "/token").params).toMatchObject({ device_id: "D1" });
    const keeps = await broker.connect("keeps-callback-values", {
      byTicket: true,
      callback: { realmId: "4" },
    });
    expect((await keeps.token()).providerMetadata).toEqual({ realm_id: "4", team: "T1" });
  });

  it("says what only it says, which is kept (36)", async () => {
    const flow = await broker.connect("keeps-callback-values", { callback: { realmId: "4620", shop: "x" } });
    expect((await flow.token()).providerMetadata).toEqual({ realm_id: "4620", team: "T1" });
  });

  it("is the vendor's by its own signature, and nobody else's", async () => {
    const signed = (secret: string) => (params: URLSearchParams) => {
      params.set("shop", "s.vendor.example");
      const text = [...params].map(([name, value]) => `${name}=${value}`).toSorted();
      params.set("hmac", createHmac("sha256", secret).update(text.join("&")).digest("hex"));
      return params;
    };
    expect((await broker.connect("signs", { query: signed(CLIENT_SECRET) })).outcome).toEqual({
      success: "true",
    });
    const forged = await broker.connect("signs", { query: signed("another secret") });
    expect(forged.outcome).toEqual({ error: "issuer_mismatch" });
    expect(forged.requests()).toHaveLength(0);
    expect((await broker.connect("signs")).outcome).toEqual({ error: "issuer_mismatch" });
  });
});

describe("iss in the callback", () => {
  it.each([
    ["https://github.com/login/oauth", { success: "true" }],
    [undefined, { success: "true" }],
    ["https://github.com/", { error: "issuer_mismatch" }],
    ["https://github.com/login/oauth/", { error: "issuer_mismatch" }],
    ["https://evil.example", { error: "issuer_mismatch" }],
  ])("%s is compared with the verified issuer of an entry", async (iss, outcome) => {
    const flow = await broker.connect("github", { callback: { iss } });
    expect(flow.outcome).toEqual(outcome);
    expect(flow.requests()).toHaveLength("error" in outcome ? 0 : 1);
  });

  it("is never compared with what libraries call a vendor", async () => {
    expect(completeDefinition(factsOf(LABELLED)).issuer).toMatchObject({ verified: false });
    const flow = await broker.connect("labelled", { callback: { iss: "https://whatever.example" } });
    expect(flow.outcome).toEqual({ success: "true" });
  });
});
