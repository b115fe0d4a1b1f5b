import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  callbackUrl,
  CLIENT_ID,
  CLIENT_SECRET,
  FORM,
  type Oddity,
  sentTo,
  useOddities,
} from "./use-oddities.ts";

const VARIABLE = { description: "A.", pattern: "^[a-z0-9-]*$", example: "a" } as const;

const ODDITIES = {
  json: { facts: () => ({ tokenRequest: { body: "json" } }) },
  get: { facts: () => ({ tokenRequest: { method: "GET" } }) },
  "query-of-post": {
    facts: (url) => ({ tokenUrl: url("/token?output=json"), tokenRequest: { paramsIn: "query" } }),
  },
  renamed: {
    facts: () => ({
      tokenRequest: {
        rename: { client_id: "app_id", client_secret: "secret" },
        exchangeRename: { code: "auth_code" },
        refreshRename: { refresh_token: "rt" },
      },
    }),
  },
  dropped: {
    facts: () => ({ tokenRequest: { drop: ["grant_type"], dropOnRefresh: ["client_secret"] } }),
  },
  "other-grant-type": {
    facts: () => ({
      tokenRequest: {
        drop: ["grant_type"],
        exchangeParams: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer" },
        refreshParams: { grant_type: "refresh_token" },
        exchangeRename: { code: "assertion" },
      },
    }),
  },
  extra: {
    facts: () => ({
      tokenRequest: {
        exchangeParams: { expiring: "1", audience: "{audience}", nonce: "{random}", optional: "{optional}" },
        refreshParams: { type: "refresh", audience: "{audience}" },
      },
      variables: {
        audience: { ...VARIABLE, from: ["registration", "connection"] },
        optional: { ...VARIABLE, default: "", from: ["registration"] },
      },
    }),
    registration: { values: { audience: "everybody" } },
  },
  scopes: {
    facts: () => ({
      scopes: { default: ["a", "b"], separator: "," },
      tokenRequest: { scopeOnRefresh: true },
    }),
  },
  headers: {
    facts: () => ({
      tokenRequest: {
        headers: { "User-Agent": "an app", "X-Correlation": "{uuid}", "X-Seller": "{metadata.seller}" },
      },
      metadata: [{ name: "seller", from: "callback", path: "sellerId" }],
    }),
  },
  "bearer-refresh": { facts: () => ({ tokenRequest: { bearerRefresh: true } }) },
  "separate-refresh-url": {
    facts: (url) => ({ refreshUrl: url("/refresh") }),
    vendor: { "/refresh": () => ({ json: { access_token: "refreshed", expires_in: 60 } }) },
  },
  "hashed-secret": {
    facts: () => ({
      hooks: { tokenRequest: { name: "secretHashedWithCode", documentation: "https://vendor.example/docs" } },
    }),
  },
} satisfies Record<string, Oddity>;

const broker = useOddities(ODDITIES);

const CLIENT = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };

const exchangeOf = (name: string) => ({
  grant_type: "authorization_code",
  code: "code-1",
  redirect_uri: callbackUrl(broker, name),
  ...CLIENT,
});
const REFRESH = { grant_type: "refresh_token", refresh_token: "rt-1", ...CLIENT };

const without = (params: Record<string, unknown>, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

type Requests = readonly [exchange: object, refresh: object];
const post = (params: object) => ({ method: "POST", path: "/token", query: {}, params, type: FORM });
const get = (query: object) => ({ method: "GET", path: "/token", query, params: {} });

const EXPECTED: [name: string, numbers: string, requests: () => Requests][] = [
  [
    "json",
    "9",
    () => [
      { ...post(exchangeOf("json")), type: "application/json" },
      { ...post(REFRESH), type: "application/json" },
    ],
  ],
  ["get", "10", () => [get(exchangeOf("get")), get(REFRESH)]],
  [
    "query-of-post",
    "10",
    () =>
      [exchangeOf("query-of-post"), REFRESH].map((params) => ({
        ...get({ output: "json", ...params }),
        method: "POST",
      })) as unknown as Requests,
  ],
  [
    "renamed",
    "11",
    () => {
      const client = { app_id: CLIENT_ID, secret: CLIENT_SECRET };
      const redirect_uri = callbackUrl(broker, "renamed");
      return [
        post({ grant_type: "authorization_code", auth_code: "code-1", redirect_uri, ...client }),
        post({ grant_type: "refresh_token", rt: "rt-1", ...client }),
      ];
    },
  ],
  [
    "dropped",
    "12",
    () => [
      post(without(exchangeOf("dropped"), "grant_type")),
      post(without(REFRESH, "grant_type", "client_secret")),
    ],
  ],
  [
    "other-grant-type",
    "15",
    () => [
      post({
        ...without(exchangeOf("other-grant-type"), "code"),
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: "code-1",
      }),
      post(REFRESH),
    ],
  ],
  [
    "extra",
    "14, 15",
    () => [
      post({
        ...exchangeOf("extra"),
        expiring: "1",
        audience: "everybody",
        nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      }),
      post({ ...REFRESH, type: "refresh", audience: "everybody" }),
    ],
  ],
  ["scopes", "29", () => [post(exchangeOf("scopes")), post({ ...REFRESH, scope: "a,b" })]],
  [
    "bearer-refresh",
    "the refresh token as a bearer",
    () => [post(exchangeOf("bearer-refresh")), { ...post(REFRESH), authorization: "Bearer rt-1" }],
  ],
  [
    "hashed-secret",
    "section 4",
    () => [
      post({
        ...without(exchangeOf("hashed-secret"), "client_secret"),
        hash: sha256(`${CLIENT_SECRET}|code-1`),
      }),
      post({ ...without(REFRESH, "client_secret"), hash: sha256(`${CLIENT_SECRET}|rt-1`) }),
    ],
  ],
];

describe("the token request", () => {
  it.each(EXPECTED)(
    "of a vendor with %s (%s) is exactly this, at the exchange and at a refresh",
    async (name, _, requests) => {
      const flow = await broker.connect(name);
      expect(flow.outcome).toEqual({ success: "true" });
      expect((await flow.token()).accessToken).toBe("at-1");
      expect((await flow.refreshed()).accessToken).toBe("at-2");
      expect([sentTo(flow, "/token"), sentTo(flow, "/token", 1)]).toEqual(requests());
    },
  );

  it("has a connection's own value in a parameter (14)", async () => {
    const flow = await broker.connect("extra", { providerConfig: { audience: "me" } });
    expect(sentTo(flow, "/token").params).toMatchObject({ audience: "me" });
    await flow.refreshed();
    expect(sentTo(flow, "/token", 1).params).toMatchObject({ audience: "me" });
  });

  it("has the vendor's headers, with random values and what the callback said (14, 16)", async () => {
    const flow = await broker.connect("headers", { callback: { sellerId: "S1" } });
    await flow.refreshed();
    const [exchange, refresh] = flow.requests("/token").map(({ headers }) => headers);
    for (const headers of [exchange, refresh])
      expect(headers).toMatchObject({
        "user-agent": "an app",
        "x-correlation": expect.stringMatching(/^[0-9a-f-]{36}$/),
        "x-seller": "S1",
      });
    expect(exchange?.["x-correlation"]).not.toBe(refresh?.["x-correlation"]);
  });

  it("goes to another URL for a refresh, and nothing else does (4)", async () => {
    const flow = await broker.connect("separate-refresh-url");
    expect((await flow.refreshed()).accessToken).toBe("refreshed");
    expect(flow.requests().map(({ path }) => path)).toEqual(["/token", "/refresh"]);
    expect(sentTo(flow, "/refresh").params).toEqual(REFRESH);
  });
});
