import { describe, expect, it } from "vitest";
import { useOddities } from "./use-oddities.ts";

const idTokenOf = (claims: object): string =>
  ["{}", JSON.stringify(claims), "signature"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");

const broker = useOddities({
  "id-token": {
    facts: () => ({
      metadata: [
        { name: "tenant_id", from: "id_token", path: "tid", role: "tenant" },
        { name: "email", from: "id_token", path: "email", role: "label" },
        { name: "none", from: "id_token", path: "none" },
      ],
    }),
    vendor: {
      "/token": () => ({
        json: { access_token: "at", id_token: idTokenOf({ tid: "T1", email: "ada@vendor.example" }) },
      }),
    },
  },
  "broken-id-token": {
    facts: () => ({ metadata: [{ name: "tenant_id", from: "id_token", path: "tid" }] }),
    vendor: { "/token": () => ({ json: { access_token: "at", id_token: "a.b.c" } }) },
  },
  call: {
    facts: (url) => {
      const sites = { from: "call", url: url("/sites"), each: "" } as const;
      return {
        usage: { apiBaseUrl: url("/api") },
        metadata: [
          { ...sites, name: "cloud_id", path: "id", role: "tenant" },
          { ...sites, name: "site_url", path: "url" },
          { name: "first_cloud_id", from: "call", url: url("/sites"), path: "0.id" },
          {
            name: "workspace",
            from: "call",
            url: url("/graphql"),
            method: "POST",
            body: '{"query":"{viewer{id}}"}',
            headers: { "X-Version": "2026-11", "X-Client": "{client_id}" },
            path: "data.viewer.id",
          },
        ],
      };
    },
    vendor: {
      "/sites": () => ({
        json: [
          { id: "C1", url: "https://one.example" },
          { id: "C2", url: "https://two.example" },
        ],
      }),
      "/graphql": () => ({ json: { data: { viewer: { id: 7 } } } }),
    },
  },
  "call-fails": {
    facts: (url) => ({
      usage: { apiBaseUrl: url("/api") },
      metadata: [
        { name: "one", from: "call", url: url("/down"), path: "id" },
        { name: "two", from: "call", url: url("/html"), path: "id" },
        { name: "three", from: "call", url: url("/redirect"), path: "id" },
        { name: "four", from: "call", url: url("/good"), path: "id" },
        { name: "five", from: "token", path: "five" },
      ],
    }),
    vendor: {
      "/token": () => ({ json: { access_token: "at", refresh_token: "rt", expires_in: 3600, five: 5 } }),
      "/down": () => ({ status: 503 }),
      "/html": () => ({ body: "<html>" }),
      "/redirect": () => ({ status: 302, headers: { location: "/good" } }),
      "/good": () => ({ json: { id: "good" } }),
    },
  },
  "call-elsewhere": {
    facts: (url) => ({
      usage: { apiBaseUrl: "https://api.vendor.example" },
      metadata: [{ name: "id", from: "call", url: url("/me"), path: "id" }],
    }),
    vendor: { "/me": () => ({ json: { id: "me" } }) },
  },
});

describe("metadata of a connection (37)", () => {
  it("comes out of the ID token", async () => {
    const flow = await broker.connect("id-token");
    expect((await flow.token()).providerMetadata).toEqual({ tenant_id: "T1", email: "ada@vendor.example" });
    expect(flow.requests()).toHaveLength(1);
  });

  it("is not there when the ID token is broken, and the token is", async () => {
    const flow = await broker.connect("broken-id-token");
    expect(await flow.token()).toMatchObject({ accessToken: "at", providerMetadata: {} });
  });

  it("comes from one call for all that share it, with the new access token", async () => {
    const flow = await broker.connect("call");
    expect((await flow.token()).providerMetadata).toEqual({
      cloud_id: "C1,C2",
      site_url: "https://one.example,https://two.example",
      first_cloud_id: "C1",
      workspace: "7",
    });
    expect(flow.requests("/sites")).toHaveLength(1);
    expect(flow.requests("/sites")[0]).toMatchObject({
      method: "GET",
      headers: { authorization: "Bearer at-1" },
    });
    const [graphql] = flow.requests("/graphql");
    expect(graphql).toMatchObject({
      method: "POST",
      body: '{"query":"{viewer{id}}"}',
      headers: {
        authorization: "Bearer at-1",
        "content-type": "application/json",
        "x-version": "2026-11",
        "x-client": "client-1",
      },
    });
    await flow.refreshed();
    expect(flow.requests("/sites")).toHaveLength(1);
  });

  it("is not there when the API fails, and the tokens are", async () => {
    const flow = await broker.connect("call-fails");
    expect(flow.outcome).toEqual({ success: "true" });
    expect(await flow.token()).toMatchObject({
      accessToken: "at",
      providerMetadata: { four: "good", five: "5" },
    });
    expect(flow.requests("/good")).toHaveLength(1);
    const warning = broker.app.logLines.find(({ event }) => event === "provider metadata not read");
    expect(warning).toMatchObject({ provider: "call-fails", count: 3 });
  });

  it("is never asked for at a host where the entry's tokens may not be used", async () => {
    const flow = await broker.connect("call-elsewhere");
    expect(await flow.token()).toMatchObject({ accessToken: "at-1", providerMetadata: {} });
    expect(flow.requests("/me")).toHaveLength(0);
  });
});
