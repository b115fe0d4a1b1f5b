import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CLIENT_ID, CLIENT_SECRET, sentTo, useOddities } from "./use-oddities.ts";

const broker = useOddities({
  "on-request": {
    facts: () => ({
      authorizeRequest: { params: { access_type: "offline" } },
      refresh: { issued: "on-request" },
    }),
  },
  rotates: {
    facts: () => ({ refresh: { rotates: true } }),
    vendor: {
      "/token": ({ params }, count) =>
        params["refresh_token"] === undefined || params["refresh_token"] === `rt-${count - 1}`
          ? { json: { access_token: `at-${count}`, refresh_token: `rt-${count}`, expires_in: 3600 } }
          : { status: 400, json: { error: "invalid_grant" } },
    },
  },
  stays: {
    facts: () => ({ refresh: { rotates: false } }),
    vendor: {
      "/token": (_request, count) => ({
        json: {
          access_token: `at-${count}`,
          expires_in: 3600,
          ...(count === 1 ? { refresh_token: "the one" } : count === 2 ? {} : { refresh_token: "" }),
        },
      }),
    },
  },
  never: {
    facts: () => ({ refresh: { issued: "never" } }),
    vendor: { "/token": () => ({ json: { access_token: "at" } }) },
  },
  "access-token-is-the-refresh-token": {
    facts: (url) => ({
      refreshUrl: url("/refresh_access_token"),
      tokenRequest: {
        refreshGrant: {
          grantType: "ig_refresh_token",
          tokenParameter: "access_token",
          useAccessToken: true,
          method: "GET",
        },
        dropOnRefresh: ["client_id", "client_secret"],
        afterExchange: {
          url: url("/access_token"),
          method: "GET",
          grantType: "ig_exchange_token",
          tokenParameter: "access_token",
          drop: ["client_id"],
        },
      },
      metadata: [{ name: "user_id", from: "token", path: "user_id" }],
      refresh: { issued: "never" },
    }),
    vendor: {
      "/token": () => ({ json: { access_token: "short-lived", user_id: 17 } }),
      "/access_token": () => ({
        json: { access_token: "long-1", token_type: "bearer", expires_in: 5_184_000 },
      }),
      "/refresh_access_token": (_request, count) => ({
        json: { access_token: `long-${count + 1}`, expires_in: 5_184_000 },
      }),
    },
  },
  "second-exchange-fails": {
    facts: (url) => ({
      tokenRequest: {
        afterExchange: {
          url: url("/long"),
          grantType: "fb_exchange_token",
          tokenParameter: "fb_exchange_token",
        },
      },
    }),
    vendor: { "/long": () => ({ status: 400, json: { error: { code: 190, message: "words" } } }) },
  },
  "short-lived-refresh-token": {
    facts: () => ({ refresh: { idleLifetimeSeconds: 7200, lifetimeSeconds: 86_400 } }),
  },
});

describe("the refresh token", () => {
  it("is asked for where the vendor gives one on request only (29)", async () => {
    const flow = await broker.connect("on-request");
    expect(flow.authorizeUrl.searchParams.get("access_type")).toBe("offline");
    expect((await flow.refreshed()).accessToken).toBe("at-2");
  });

  it("rotates: each is spent once, and the next one is kept (30)", async () => {
    const flow = await broker.connect("rotates");
    expect((await flow.refreshed()).accessToken).toBe("at-2");
    expect((await flow.refreshed()).accessToken).toBe("at-3");
    expect(flow.requests("/token").map(({ params }) => params["refresh_token"])).toEqual([
      undefined,
      "rt-1",
      "rt-2",
    ]);
  });

  it("stays where an answer brings none, or an empty one (31)", async () => {
    const flow = await broker.connect("stays");
    await flow.refreshed();
    await flow.refreshed();
    expect((await flow.refreshed()).accessToken).toBe("at-4");
    expect(flow.requests("/token").map(({ params }) => params["refresh_token"])).toEqual([
      undefined,
      "the one",
      "the one",
      "the one",
    ]);
  });

  it("does not exist, and the connection says so (32)", async () => {
    const flow = await broker.connect("never");
    expect((await flow.token()).accessToken).toBe("at");
    const { connection } = await broker.client.getConnection(flow.grant);
    expect(connection?.refreshable).toBe(false);
    await expect(flow.refreshed()).rejects.toThrow(/refresh/);
    expect(flow.requests()).toHaveLength(1);
  });

  it("is the access token itself, after a second exchange (33)", async () => {
    const flow = await broker.connect("access-token-is-the-refresh-token");
    expect(flow.outcome).toEqual({ success: "true" });
    expect(await flow.token()).toMatchObject({ accessToken: "long-1", providerMetadata: { user_id: "17" } });
    expect(sentTo(flow, "/access_token")).toEqual({
      method: "GET",
      path: "/access_token",
      query: { grant_type: "ig_exchange_token", access_token: "short-lived", client_secret: CLIENT_SECRET },
      params: {},
    });
    expect((await flow.refreshed()).accessToken).toBe("long-2");
    expect((await flow.refreshed()).accessToken).toBe("long-3");
    expect([0, 1].map((index) => sentTo(flow, "/refresh_access_token", index))).toEqual(
      ["long-1", "long-2"].map((access_token) => ({
        method: "GET",
        path: "/refresh_access_token",
        query: { grant_type: "ig_refresh_token", access_token },
        params: {},
      })),
    );
  });

  it("is the imported access token as well (33)", async () => {
    const grant = {
      connectionId: randomUUID(),
      userId: "user-1",
      provider: "access-token-is-the-refresh-token",
    };
    await broker.client.importToken({ ...grant, accessToken: "imported" });
    const { version } = await broker.client.getToken(grant);
    await broker.client.refreshToken({ ...grant, version });
    const sent = broker.vendor(grant.provider).requests.at(-1);
    expect(sent?.query).toEqual({ grant_type: "ig_refresh_token", access_token: "imported" });
  });

  it("is not waited for where the second exchange fails: the person is told (33)", async () => {
    const flow = await broker.connect("second-exchange-fails");
    expect(flow.outcome).toEqual({ error: "exchange_failed" });
    expect(sentTo(flow, "/long").params).toMatchObject({
      grant_type: "fb_exchange_token",
      fb_exchange_token: "at-1",
      client_id: CLIENT_ID,
    });
  });

  it("has a life of its own, which the connection tells (34)", async () => {
    const flow = await broker.connect("short-lived-refresh-token");
    const { connection } = await broker.client.getConnection(flow.grant);
    const left = Number(connection?.refreshExpiresAt?.seconds ?? 0) - Date.now() / 1000;
    expect(Math.abs(left - 7200)).toBeLessThan(60);
  });
});
