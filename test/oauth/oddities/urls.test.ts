import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { VariableFacts } from "../../../src/catalog/index.ts";
import type { OddVendor } from "./odd-vendor.ts";
import { CLIENT_SECRET, sentTo, useOddities } from "./use-oddities.ts";

const REGION: VariableFacts = {
  description: "Where the account is.",
  pattern: "^(us|eu)$",
  example: "eu",
  default: "us",
  values: { us: "", eu: "eu/" },
  from: ["registration", "connection"],
};

const TENANT: VariableFacts = {
  description: "The tenant.",
  pattern: "^[a-z0-9-]{1,40}$",
  example: "myshop",
  from: ["registration", "connection"],
};

/** The callback names 127.0.0.1 or 127.0.0.2, which are two hosts of this vendor. */
const hostFromCallback = {
  callback: { tokenHost: { parameter: "accounts-server", allow: ["127.0.0.1", "127.0.0.2"] } },
  metadata: [{ name: "accounts-server", from: "callback", path: "accounts-server" } as const],
};

const broker = useOddities({
  "host-from-callback": {
    facts: (url) => ({ ...hostFromCallback, revoke: { url: url("/revoke") } }),
    vendor: { "/revoke": () => ({}) },
  },
  "other-origin": {},
});

const hostsOf = (requests: readonly { readonly host: string }[]): string[] =>
  requests.map(({ host }) => host.replace(/:\d+$/, ""));

describe("the token endpoint's host", () => {
  it("is the one that the callback names, at the exchange, at every refresh and at the revocation (3)", async () => {
    const flow = await broker.connect("host-from-callback", {
      callback: { "accounts-server": "https://127.0.0.2" },
    });
    expect(flow.outcome).toEqual({ success: "true" });
    await flow.refreshed();
    await flow.refreshed();
    await flow.revoke();
    expect(new Set(hostsOf(flow.requests()))).toEqual(new Set(["127.0.0.2"]));
    expect(flow.requests().map(({ path }) => path)).toEqual([
      "/token",
      "/token",
      "/token",
      "/revoke",
      "/revoke",
    ]);
    expect(sentTo(flow, "/token").params).toMatchObject({ client_secret: CLIENT_SECRET });
  });

  it("is the entry's own where the callback names none (3)", async () => {
    const flow = await broker.connect("host-from-callback");
    await flow.refreshed();
    expect(new Set(hostsOf(flow.requests()))).toEqual(new Set(["127.0.0.1"]));
  });

  it.each([
    "127.0.0.3",
    "https://127.0.0.3",
    "https://127.0.0.2.evil.example",
    "https://127.0.0.2@127.0.0.3",
    "https://127.0.0.2:9",
    "https://127.0.0.2/path",
    "https://127.0.0.2#",
    "http://127.0.0.2",
    "https://127.0.0.２",
    "https://127.0.0.2\n",
    "https://127.0.0.2%00",
    "[::1]",
    "..",
  ])("is never %j, which gets no request and no secret (3)", async (host) => {
    const other: OddVendor = broker.vendor("other-origin");
    const before = other.requests.length;
    const flow = await broker.connect("host-from-callback", { callback: { "accounts-server": host } });
    expect(flow.outcome).toEqual({ error: "issuer_mismatch" });
    expect(flow.requests()).toHaveLength(0);
    expect(other.requests).toHaveLength(before);
    await expect(flow.token()).rejects.toThrow("[not_found]");
  });

  it("cannot be chosen by a caller", async () => {
    const providerConfig = { token_host: "127.0.0.2" };
    await expect(broker.connect("host-from-callback", { providerConfig })).rejects.toThrow(/token_host/);
  });
});

const templates = useOddities({
  regions: {
    facts: () => ({
      authorizeUrl: "https://auth.vendor.example/{region}authorize",
      tokenUrl: "https://api.vendor.example/{region}{tenant}/token",
      variables: { region: REGION, tenant: TENANT },
    }),
  },
  hosts: {
    facts: () => ({
      authorizeUrl: "https://{shop}.vendor.example/authorize",
      tokenUrl: "https://{shop}.vendor.example/token",
      variables: { shop: { ...TENANT, host: { suffix: ".vendor.example" } } },
    }),
  },
  "free-host": {
    facts: () => ({
      authorizeUrl: "https://{domain}/authorize",
      tokenUrl: "https://{domain}/token",
      variables: {
        domain: {
          description: "The server.",
          pattern: "^[a-z0-9.-]+$",
          example: "sso.example.com",
          host: {},
          from: ["registration"],
        },
      },
    }),
    registration: { values: { domain: "sso.acme.example" } },
  },
  "open-host": {
    facts: () => ({
      tokenUrl: "https://{token_host}/token",
      callback: {
        tokenHost: { parameter: ["sub", "dc"], allow: [".vendor.example"], append: ".vendor.example" },
      },
    }),
  },
});

describe("a URL with parameters", () => {
  const authorizeUrlFor = async (provider: string, providerConfig: Record<string, string>): Promise<URL> => {
    const grant = {
      connectionId: randomUUID(),
      userId: "user-1",
      provider,
      providerConfig,
      redirectUri: "http://localhost:9",
    };
    return new URL((await templates.client.startAuthorization(grant)).authorizeUrl);
  };

  it("is filled by the connection's values (1)", async () => {
    expect((await authorizeUrlFor("regions", { tenant: "acme", region: "eu" })).pathname).toBe(
      "/eu/authorize",
    );
    expect((await authorizeUrlFor("hosts", { shop: "acme" })).host).toBe("acme.vendor.example");
    expect((await authorizeUrlFor("hosts", { shop: "acme.vendor.example" })).host).toBe(
      "acme.vendor.example",
    );
  });

  it("has another form where a value is not given (2)", async () => {
    expect((await authorizeUrlFor("regions", { tenant: "acme" })).pathname).toBe("/authorize");
  });

  it("whose host is free takes it from the deployment only: a caller's host never gets the client secret", async () => {
    expect((await authorizeUrlFor("free-host", {})).host).toBe("sso.acme.example");
    const other = broker.vendor("other-origin");
    const before = other.requests.length;
    for (const domain of ["127.0.0.1", `127.0.0.1:${other.port}`, "evil.example", "sso.acme.example"])
      await expect(authorizeUrlFor("free-host", { domain })).rejects.toThrow(/provider_config\.domain/);
    expect(other.requests).toHaveLength(before);
  });

  it("of which the callback leaves the token endpoint open is not called without it (3)", async () => {
    expect((await templates.connect("open-host")).outcome).toEqual({ error: "issuer_mismatch" });
  });

  const LOOK_ALIKE = "аcme";
  it.each([
    ["a scheme", "https://acme"],
    ["a path", "acme/evil"],
    ["a port", "acme:8443"],
    ["a port and a password", "acme:x@evil.example"],
    ["a user", "evil.example@acme"],
    ["a dot at the end", "acme."],
    ["another domain", "evil.example"],
    ["the suffix inside", "acme.vendor.example.evil.example"],
    ["a letter that looks alike", LOOK_ALIKE],
    ["a full-width letter", "ａcme"],
    ["a Kelvin sign", "\u212Aelvin"],
    ["a line break", "acme\n"],
    ["a line break and a header", "acme\r\nHost: evil"],
    ["a blank", "ac me"],
    ["a percent sign", "acme%2eevil"],
    ["a query", "acme?x"],
    ["a fragment", "acme#x"],
    ["a backslash", "acme\\evil"],
    ["a zero-width joiner", "ac\u200Dme"],
    ["brackets", "[::1]"],
  ])("takes no value with %s, and says the pattern and an example", async (_, shop) => {
    for (const [provider, name] of [
      ["hosts", "shop"],
      ["regions", "tenant"],
    ] as const) {
      const refusal: unknown = await authorizeUrlFor(provider, { [name]: shop }).catch(
        (error: unknown) => error,
      );
      expect(String(refusal)).toContain(`provider_config.${name}`);
      expect(String(refusal)).toContain(TENANT.pattern);
      expect(String(refusal)).toContain(TENANT.example);
      expect(String(refusal)).not.toContain(shop);
    }
  });
});
