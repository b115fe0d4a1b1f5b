import { describe, expect, it } from "vitest";
import { ProviderRevocation } from "../../../gen/ts/tokenbroker/v1/connection_pb.ts";
import type { ProviderFacts } from "../../../src/catalog/index.ts";
import type { Answer } from "./odd-vendor.ts";
import { CLIENT_ID, CLIENT_SECRET, FORM, type Oddity, sentTo, useOddities, wire } from "./use-oddities.ts";

type Recipe = Omit<NonNullable<ProviderFacts["revoke"]>, "url">;

const revokes = (recipe: Recipe, answer: Answer = {}, more: Partial<ProviderFacts> = {}): Oddity => ({
  facts: (url) => ({ revoke: { url: url("/revoke"), ...recipe }, ...more }),
  vendor: { "/revoke": () => answer },
});

const broker = useOddities({
  standard: revokes({}),
  basic: revokes({}, {}, { clientAuthentication: { method: "client_secret_basic" } }),
  "json-of-client": revokes({ auth: "basic", body: "json", tokenParameter: "token" }),
  bearer: revokes({ auth: "bearer", body: "none", tokenParameter: "", token: "access" }),
  "bearer-already-ended": revokes(
    { auth: "bearer", body: "none", tokenParameter: "", token: "access" },
    { status: 401 },
  ),
  "delete-by-client": {
    facts: (url) => ({
      revoke: {
        url: url("/applications/{client_id}/token"),
        method: "DELETE",
        auth: "basic",
        body: "json",
        tokenParameter: "access_token",
        token: "access",
      },
    }),
    vendor: { [`/applications/${CLIENT_ID}/token`]: () => ({ status: 204 }) },
  },
  "delete-what-is-gone": revokes(
    { method: "DELETE", auth: "bearer", body: "none", tokenParameter: "" },
    { status: 404 },
  ),
  query: revokes({
    method: "GET",
    auth: "none",
    body: "query",
    tokenParameter: "access_token",
    token: "access",
  }),
  parameters: revokes(
    {
      auth: "none",
      tokenParameter: "token",
      token: "refresh",
      params: { client: "{client_id}", seller: "{metadata.seller}" },
      headers: { "X-Request": "{uuid}" },
    },
    {},
    { metadata: [{ name: "seller", from: "callback", path: "seller" }] },
  ),
});

const CLIENT = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
const BASIC = `Basic ${Buffer.from(`${CLIENT_ID}:${encodeURIComponent(CLIENT_SECRET)}`).toString("base64")}`;
const REVOKE = { method: "POST", path: "/revoke", query: {}, params: {} };

const RFC_7009 = [
  { token: "rt-1", token_type_hint: "refresh_token" },
  { token: "at-1", token_type_hint: "access_token" },
];

const EXPECTED: [name: string, requests: object[]][] = [
  ["standard", RFC_7009.map((params) => ({ ...REVOKE, type: FORM, params: { ...CLIENT, ...params } }))],
  ["basic", RFC_7009.map((params) => ({ ...REVOKE, type: FORM, authorization: BASIC, params }))],
  [
    "json-of-client",
    ["rt-1", "at-1"].map((token) => ({
      ...REVOKE,
      type: "application/json",
      authorization: BASIC,
      params: { token },
    })),
  ],
  ["bearer", [{ ...REVOKE, authorization: "Bearer at-1" }]],
  ["bearer-already-ended", [{ ...REVOKE, authorization: "Bearer at-1" }]],
  [
    "delete-by-client",
    [
      {
        method: "DELETE",
        path: `/applications/${CLIENT_ID}/token`,
        query: {},
        type: "application/json",
        authorization: BASIC,
        params: { access_token: "at-1" },
      },
    ],
  ],
  [
    "delete-what-is-gone",
    ["rt-1", "at-1"].map((token) => ({ ...REVOKE, method: "DELETE", authorization: `Bearer ${token}` })),
  ],
  ["query", [{ ...REVOKE, method: "GET", query: { access_token: "at-1" } }]],
];

describe("a revocation (38)", () => {
  it.each(EXPECTED)("of a vendor with %s is exactly this, and done", async (name, requests) => {
    const flow = await broker.connect(name);
    const { providerRevocation } = await broker.client.revokeConnection(flow.grant);
    expect(providerRevocation).toBe(ProviderRevocation.DONE);
    const [, ...sent] = flow.requests();
    expect(sent.map(wire)).toEqual(requests);
    await expect(flow.token()).rejects.toThrow("[not_found]");
  });

  it("has the recipe's parameters and headers, of one kind of token", async () => {
    const flow = await broker.connect("parameters", { callback: { seller: "S1" } });
    await flow.revoke();
    expect(flow.requests("/revoke")).toHaveLength(1);
    expect(sentTo(flow, "/revoke").params).toEqual({ token: "rt-1", client: CLIENT_ID, seller: "S1" });
    expect(flow.requests("/revoke")[0]?.headers["x-request"]).toMatch(/^[0-9a-f-]{36}$/);
  });
});
