import { beforeAll, describe, expect, it } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import type { Database } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { createFlowFixture, type FlowFixture } from "./flow-fixture.ts";

describeEachStore("start", (stores) => {
  let database: Database;
  beforeAll(async () => {
    database = await stores.open();
  });

  it("builds a URL that a browser opens, and promises nothing else", async () => {
    const { flow, request, provider } = await createFlowFixture(database);
    const started = await flow.start(
      request({ loginHint: "a@example.com", extraParams: { prompt: "consent" } }),
    );
    const url = new URL(started.authorizeUrl);
    expect(url.origin + url.pathname).toBe(provider.authorizeUrl);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "client",
      redirect_uri: "http://localhost/connect/callback/acme",
      scope: "read write",
      state: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge_method: "S256",
      login_hint: "a@example.com",
      prompt: "consent",
    });
    expect(started.expiresAt.getTime() - (await now())).toBeGreaterThan(590_000);
    expect(provider.connectionCount).toBe(0);
  });

  const now = async (): Promise<number> => {
    const { rows } = await database.sql.run("", "select broker_now() as now", []);
    return new Date(String(rows[0]?.["now"])).getTime();
  };

  it("stores neither the state nor the verifier as they are", async () => {
    const { flow, request } = await createFlowFixture(database);
    const { authorizeUrl, authorizationId } = await flow.start(request());
    const state = new URL(authorizeUrl).searchParams.get("state") ?? "";
    const { rows } = await database.sql.run("", "select * from oauth_states where id = $1", [
      authorizationId,
    ]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(state);
    expect(rows[0]?.["code_verifier"]).toMatch(/^gAAAA/);
  });

  it("uses another state and another verifier each time", async () => {
    const { flow, request } = await createFlowFixture(database);
    const urls = await Promise.all([1, 2, 3].map(() => flow.start(request())));
    for (const name of ["state", "code_challenge"]) {
      const values = urls.map(({ authorizeUrl }) => new URL(authorizeUrl).searchParams.get(name));
      expect(new Set(values).size).toBe(3);
    }
  });

  it("names the namespace in the callback URL, outside default", async () => {
    const { flow, request } = await createFlowFixture(database);
    const { authorizeUrl } = await flow.start(request({ namespace: "team-a" }));
    expect(new URL(authorizeUrl).searchParams.get("redirect_uri")).toBe(
      "http://localhost/connect/callback/team-a/acme",
    );
  });

  it("leaves PKCE out only where it was switched off", async () => {
    const confidential = await createFlowFixture(database, { registration: { pkceRequired: false } });
    const publicClient = await createFlowFixture(database, {
      registration: { clientSecret: undefined, tokenEndpointAuthMethod: "none" },
    });
    const challenged = async ({ flow, request }: FlowFixture): Promise<boolean> =>
      new URL((await flow.start(request())).authorizeUrl).searchParams.has("code_challenge");
    expect(await challenged(confidential)).toBe(false);
    expect(await challenged(publicClient)).toBe(true);
  });

  it("replaces the default scopes, splits and merges", async () => {
    const { flow, request } = await createFlowFixture(database);
    const { authorizeUrl } = await flow.start(request({ scopes: ["b a", "a", " c "] }));
    expect(new URL(authorizeUrl).searchParams.get("scope")).toBe("b a c");
  });

  it("keeps the granted scopes when it is asked to", async () => {
    const fixture = await createFlowFixture(database);
    const first = await fixture.consent({ scopes: ["read", "files"] });
    await fixture.visit(first.callback);
    const scopesOf = async (keepGrantedScopes: boolean): Promise<string | null> => {
      const more = { ...first.request, scopes: ["admin", "read"], keepGrantedScopes };
      return new URL((await fixture.flow.start(more)).authorizeUrl).searchParams.get("scope");
    };
    expect(await scopesOf(true)).toBe("admin read files");
    expect(await scopesOf(false)).toBe("admin read");
  });

  it("takes the default address when the request names none", async () => {
    const fixture = await createFlowFixture(database, {
      settings: { defaultRedirectUri: "https://home.example.com/done" },
    });
    const { callback } = await fixture.consent({ redirectUri: "" });
    expect((await fixture.visit(callback)).location).toMatch(
      /^https:\/\/home\.example\.com\/done\?success=true&/,
    );
  });

  it("warns of an unlisted custom scheme in development", async () => {
    const fixture = await createFlowFixture(database, { settings: { mode: "development" } });
    await fixture.flow.start(fixture.request({ redirectUri: "my-app://done" }));
    expect(fixture.logLines.join("\n")).toContain("CONNECT_REDIRECT_ALLOW_HOSTS");
  });

  describe("refuses, and stores nothing", () => {
    const refusals: [string, Parameters<FlowFixture["request"]>[0], string, string][] = [
      ["a malformed connection", { connectionId: "../../x" }, "INVALID_REQUEST", "connection_id"],
      ["an empty user", { userId: "" }, "INVALID_REQUEST", "user_id"],
      ["a user with NUL", { userId: "a\0" }, "INVALID_REQUEST", "user_id"],
      ["a malformed namespace", { namespace: "A" }, "INVALID_REQUEST", "namespace"],
      ["no provider", { provider: "" }, "INVALID_REQUEST", "provider"],
      [
        "a provider and an MCP server",
        { mcpServerUrl: "https://mcp.example" },
        "INVALID_REQUEST",
        "provider",
      ],
      ["no MCP server's URL", { provider: "", mcpServerUrl: "mcp" }, "INVALID_REQUEST", "mcp_server_url"],
      [
        "an MCP server's variables",
        { provider: "", mcpServerUrl: "https://mcp.example", providerConfig: { a: "b" } },
        "INVALID_REQUEST",
        "provider_config",
      ],
      [
        "a parameter that the flow sets, before an MCP server is asked",
        { provider: "", mcpServerUrl: "https://mcp.example", extraParams: { resource: "x" } },
        "INVALID_REQUEST",
        "extra_params.resource",
      ],
      ["a provider's challenge", { challenge: { httpStatus: 401 } }, "INVALID_REQUEST", "http_status"],
      ["an unknown provider", { provider: "nobody" }, "PROVIDER_NOT_FOUND", ""],
      ["__proto__", { provider: "__proto__" }, "PROVIDER_NOT_FOUND", ""],
      ["constructor", { provider: "constructor" }, "PROVIDER_NOT_FOUND", ""],
      [
        "an unlisted return host",
        { redirectUri: "https://evil.example/" },
        "REDIRECT_URI_NOT_ALLOWED",
        "redirect_uri",
      ],
      ["a protocol-relative address", { redirectUri: "//evil.example" }, "INVALID_REQUEST", "redirect_uri"],
      ["javascript:", { redirectUri: "javascript:alert(1)" }, "INVALID_REQUEST", "redirect_uri"],
      [
        "loopback in production",
        { redirectUri: "http://localhost:3000/" },
        "REDIRECT_URI_NOT_ALLOWED",
        "redirect_uri",
      ],
      ["a scope with a quote", { scopes: ['a"b'] }, "INVALID_REQUEST", "scopes[0]"],
      [
        "state as an extra parameter",
        { extraParams: { state: "x" } },
        "INVALID_REQUEST",
        "extra_params.state",
      ],
      [
        "redirect_uri as an extra parameter",
        { extraParams: { redirect_uri: "x" } },
        "INVALID_REQUEST",
        "extra_params.redirect_uri",
      ],
      [
        "an undeclared variable",
        { providerConfig: { host: "evil.example" } },
        "INVALID_REQUEST",
        "provider_config.host",
      ],
      ["a login hint with a line break", { loginHint: "a\r\nb" }, "INVALID_REQUEST", "login_hint"],
      [
        "completion by ticket without an address to hand it to",
        { completion: "required", redirectUri: "" },
        "INVALID_REQUEST",
        "redirect_uri",
      ],
    ];

    it.each(refusals)("%s", async (_, changes, code, field) => {
      const { flow, request, provider } = await createFlowFixture(database);
      const before = await countFlows();
      const error = await flow.start(request(changes)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BrokerError);
      expect(error).toMatchObject({ code, fieldViolations: field === "" ? [] : [{ field }] });
      expect([await countFlows(), provider.connectionCount]).toEqual([before, 0]);
    });

    const countFlows = async (): Promise<unknown> =>
      (await database.sql.run("", "select count(*)::int as n from oauth_states", [])).rows[0]?.["n"];
  });
});
