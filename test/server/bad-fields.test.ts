import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canary } from "../support/canaries.ts";
import { useAcmeApp } from "./acme-app.ts";
import { post, rowOf, rpcNames } from "./rpc-calls.ts";
import { hasField, inputOf, validRequest, withText } from "./rpc-requests.ts";

const app = useAcmeApp();

const call = (rpc: string, changes: Readonly<Record<string, unknown>> = {}) =>
  post(app.broker.rpcUrl, rpc, validRequest(rpc, changes));

/** The fields that an empty message of each RPC lacks. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  StartAuthorization: ["connection_id", "user_id", "provider"],
  CompleteAuthorization: ["ticket", "user_id"],
  GetAuthorization: ["authorization_id"],
  GetToken: ["connection_id", "user_id", "provider"],
  BatchGetTokens: ["requests"],
  RefreshToken: ["connection_id", "user_id", "provider"],
  ImportToken: ["connection_id", "user_id", "provider", "access_token"],
  GetConnection: ["connection_id", "user_id", "provider"],
  ListConnections: [],
  RevokeConnection: ["connection_id", "user_id", "provider"],
  RegisterProvider: ["name", "client_id"],
  GetProvider: ["name"],
  ListProviders: [],
  VerifyProvider: ["name"],
  DeleteProvider: ["name"],
  CheckMcpServer: ["mcp_server_url"],
  AcquireToken: ["connection_id", "user_id", "provider", "grant"],
  RegisterOAuthClient: ["issuer", "client_id"],
  ListOAuthClients: [],
  DeleteOAuthClient: ["id"],
  ExplainAccess: ["caller", "method"],
  StartLogin: ["provider"],
  CompleteLogin: ["ticket", "login_id"],
  RotateKeys: [],
  GetKeyStatus: [],
  BlockConnections: ["whole_namespace"],
  UnblockConnections: ["whole_namespace"],
  RevokeConnections: ["whole_namespace"],
  ListAuditEvents: [],
};

describe.each(rpcNames)("%s", (rpc) => {
  it("names every field that an empty message lacks", async () => {
    const answer = await post(app.broker.rpcUrl, rpc, {});
    const fields = answer.code === "ok" ? [] : answer.error.fields;
    expect(new Set(fields)).toEqual(new Set(rowOf(REQUIRED, rpc)));
  });

  it("answers any text in any field with OK or with an error that names the field", async () => {
    const texts = ["a\0b", "a\ud800b", "x".repeat(10_000), "\u{1f600}", "a\r\nb", "__proto__", "a\"'b", " "];
    const cases = inputOf(rpc).fields.flatMap((field) =>
      texts.flatMap((text) => withText(field, text).map((value) => ({ field, value }))),
    );
    const unexpected: string[] = [];
    for (const { field, value } of cases) {
      const other = field.name === "mcp_server_url" ? { provider: "" } : {};
      const answer = await call(rpc, { ...other, [field.jsonName]: value });
      const names = answer.code !== "invalid_argument" || answer.error.fields[0]?.startsWith(field.name);
      const isOurs = ["internal", "unknown", "unavailable"].includes(answer.code);
      if (isOurs || !names)
        unexpected.push(`${field.name}=${JSON.stringify(value).slice(0, 30)}: ${answer.text}`);
    }
    expect(unexpected).toEqual([]);
  });

  it("names the field whose JSON value has another type", async () => {
    const unexpected: string[] = [];
    for (const field of inputOf(rpc).fields) {
      const answer = await call(rpc, { [field.jsonName]: field.fieldKind === "list" ? 5 : [5] });
      if (answer.code !== "invalid_argument" || !answer.error.fields.includes(field.name))
        unexpected.push(`${field.name}: ${answer.text}`);
    }
    expect(unexpected).toEqual([]);
  });

  it("ignores JSON fields that it does not know", async () => {
    const [known, unknown] = [await call(rpc), await call(rpc, { nobodyKnows: { this: ["field"] } })];
    expect(unknown.code).toBe(known.code);
  });
});

const naming = (...fields: string[]) =>
  rpcNames.filter((rpc) => fields.every((field) => hasField(rpc, field)));

describe.each(naming("connection_id", "mcp_server_url"))("the grant of %s", (rpc) => {
  it.each([
    ["a path", "../../x"],
    ["10 kB", "a".repeat(10_240)],
    ["U+0000", `${randomUUID()}\0`],
    ["an emoji", "\u{1f600}"],
    ["a UUID in braces", `{${randomUUID()}}`],
    ["a UUID without hyphens", randomUUID().replaceAll("-", "")],
    ["a UUID with a space", ` ${randomUUID()}`],
    ["a UUID with a newline", `${randomUUID()}\n`],
  ])("has no connection_id that is %s", async (_, connectionId) => {
    const { error } = await call(rpc, { connectionId });
    expect(error).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
    expect(error.fields).toEqual(["connection_id"]);
  });

  it.each([
    ["empty", ""],
    ["256 bytes", "ü".repeat(128)],
    ["U+0000", "a\0"],
  ])("has no user_id that is %s", async (_, userId) => {
    expect((await call(rpc, { userId })).error.fields).toEqual(["user_id"]);
  });

  it("is either of a provider or of an MCP server", async () => {
    const both = await call(rpc, { mcpServerUrl: "https://mcp.example/" });
    const neither = await call(rpc, { provider: "" });
    expect([both.error.fields, neither.error.fields]).toEqual([["provider"], ["provider"]]);
  });
});

it.each(naming("namespace"))("%s refuses what is no namespace", async (rpc) => {
  const fields: unknown[] = [];
  for (const namespace of ["Team", "-a", "a-", "a_b", "a/b", "ä", "a".repeat(64), "a\n", "1a"])
    fields.push((await call(rpc, { namespace })).error.fields);
  expect(fields).toEqual(fields.map(() => ["namespace"]));
});

it.each(naming("mcp_server_url"))("%s refuses what is no MCP server's URL", async (rpc) => {
  const fields: unknown[] = [];
  for (const mcpServerUrl of [
    "mcp.example",
    "ftp://mcp.example",
    "https://u@mcp.example",
    "https://mcp.example#x",
  ])
    fields.push((await call(rpc, { provider: "", mcpServerUrl })).error.fields);
  expect(fields).toEqual(fields.map(() => ["mcp_server_url"]));
});

it("StartAuthorization takes the challenge of an MCP server, and only of one", async () => {
  const challenge = { wwwAuthenticate: "Bearer", httpStatus: 401 };
  expect((await call("StartAuthorization", challenge)).error.fields).toEqual(["www_authenticate"]);
  const server = { provider: "", mcpServerUrl: "https://127.0.0.1/mcp", httpStatus: 200 };
  expect((await call("StartAuthorization", server)).error.fields).toEqual(["http_status"]);
});

describe("a connection_id", () => {
  it("is one connection in whatever case, answered in lower case", async () => {
    const connectionId = randomUUID();
    const imported = await call("ImportToken", { connectionId: connectionId.toUpperCase() });
    expect(imported.json).toMatchObject({ connection: { connectionId } });
    for (const rpc of ["GetConnection", "GetToken", "RevokeConnection"])
      expect((await call(rpc, { connectionId: connectionId.toUpperCase() })).code).toBe("ok");
  });
});

describe("GetToken.min_ttl", () => {
  it("is not negative", async () => {
    expect((await call("GetToken", { minTtl: "-1s" })).error.fields).toEqual(["min_ttl"]);
  });

  it("may be a century: it counts as four fifths of the lifetime, and does not refresh again and again", async () => {
    const connectionId = randomUUID();
    const issued = app.provider.grants.open({ clientId: "client", scopes: ["read"] });
    await call("ImportToken", { connectionId, refreshToken: issued.refreshToken, verify: true });
    const before = app.provider.requestsTo("token").length;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call("GetToken", { connectionId, minTtl: "3155760000s" })),
    );
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(["ok"]));
    expect(app.provider.requestsTo("token").length - before).toBeLessThanOrEqual(1);
  });

  it.each(["300", "5m", "315576000001s", "1e3s"])("is a duration, which %s is not", async (minTtl) => {
    expect((await call("GetToken", { minTtl })).error.fields).toEqual(["min_ttl"]);
  });
});

describe.each([
  ["StartAuthorization", "scopes", "scopes"],
  ["GetToken", "requiredScopes", "required_scopes"],
  ["ImportToken", "scopes", "scopes"],
  ["RegisterProvider", "defaultScopes", "default_scopes"],
])("%s.%s", (rpc, key, field) => {
  it.each([
    ["a newline", ["read\nwrite"]],
    ["a quote", ['read"']],
    ["a backslash", ["read\\"]],
    ["a letter outside ASCII", ["lesen-ü"]],
    ["500 items", Array.from({ length: 500 }, (_, n) => `scope${n}`)],
    ["an item of 10 kB", ["s".repeat(10_240)]],
  ])("has no scopes with %s", async (_, scopes) => {
    const { error } = await call(rpc, { [key]: scopes });
    expect(error).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
    expect(error.fields[0]).toMatch(new RegExp(`^${field}(\\[0\\])?$`));
  });
});

describe("scopes", () => {
  it("given twice are asked for once", async () => {
    const { json } = await call("StartAuthorization", { scopes: ["read", "write", "read write"] });
    expect(new URL(String(json["authorizeUrl"])).searchParams.get("scope")).toBe("read write");
  });

  it("given twice are stored once", async () => {
    const { json } = await call("ImportToken", { scopes: ["read", "read", "write read"] });
    expect(json).toMatchObject({ connection: { scopes: ["read", "write"] } });
  });
});

describe("the provider", () => {
  it.each(["nobody", "__proto__", "constructor", "toString", "hasOwnProperty", "../acme", "ACME"])(
    "%s is not found",
    async (provider) => {
      const answers = await Promise.all([
        call("StartAuthorization", { provider }),
        call("ImportToken", { provider }),
        call("GetProvider", { name: provider }),
        call("VerifyProvider", { name: provider }),
        call("DeleteProvider", { name: provider }),
        call("GetToken", { provider }),
      ]);
      expect(answers.map(({ error }) => [error.code, error.reason])).toEqual([
        ...Array.from({ length: 5 }, () => ["not_found", "PROVIDER_NOT_FOUND"]),
        ["not_found", "CONNECTION_NOT_FOUND"],
      ]);
    },
  );

  it("of the catalog that is not active says what would activate it", async () => {
    const { error } = await call("StartAuthorization", { provider: "github" });
    expect(error.reason).toBe("PROVIDER_NOT_FOUND");
    expect(error.metadata["missing"]).toContain("CONNECT_GITHUB_CLIENT_ID");
  });
});

describe("ImportToken", () => {
  it.each([
    ["empty", ""],
    ["a carriage return and line feed", `${canary("access_token")}\r\nx: y`],
    ["U+0000", `${canary("access_token")}\0`],
    ["spaces alone", "   "],
    ["a letter outside ASCII", `${canary("access_token")}ü`],
    ["65 537 characters", "a".repeat(65_537)],
  ])("stores no access token that is or holds %s", async (_, accessToken) => {
    const connectionId = randomUUID();
    const { error } = await call("ImportToken", { connectionId, accessToken });
    expect(new Set(error.fields)).toEqual(new Set(["access_token"]));
    expect((await call("GetConnection", { connectionId })).code).toBe("not_found");
  });

  it("stores no access token of 1 MiB", async () => {
    const { error } = await call("ImportToken", { accessToken: "a".repeat(1024 * 1024) });
    expect(error).toMatchObject({ code: "resource_exhausted", reason: "MESSAGE_TOO_LARGE" });
  });

  it.each(["expiresAt", "refreshExpiresAt"])(
    "stores no %s outside of the years 1970 to 9999",
    async (key) => {
      const field = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const client = app.broker.client("connect binary http/1.1");
      for (const seconds of [-1n, 253_402_300_800n, 10n ** 15n, 2n ** 62n, -(2n ** 62n)]) {
        const connectionId = randomUUID();
        const request = { connectionId, userId: "u", provider: "acme", accessToken: canary("access_token") };
        await expect(client.importToken({ ...request, [key]: { seconds, nanos: 0 } })).rejects.toThrow(
          `[invalid_argument] ${field}: must lie between the years 1970 and 9999`,
        );
      }
    },
  );

  it("stores the last moment of the year 9999", async () => {
    const { json } = await call("ImportToken", { expiresAt: "9999-12-31T23:59:59.999999999Z" });
    expect(json).toMatchObject({ connection: { expiresAt: "9999-12-31T23:59:59.999Z" } });
  });

  it.each(["mac", "DPoP", "x".repeat(64)])("hands on no token of the type %s", async (tokenType) => {
    expect((await call("ImportToken", { tokenType })).error.fields).toEqual(["token_type"]);
  });

  it("leaves a live grant alone unless its version is named", async () => {
    const connectionId = randomUUID();
    const first = await call("ImportToken", { connectionId });
    const { version } = first.json["connection"] as { version: string };
    const again = await call("ImportToken", { connectionId });
    const stale = await call("ImportToken", { connectionId, replaceVersion: String(BigInt(version) + 1n) });
    expect([again.error.reason, stale.error.reason]).toEqual([
      "CONNECTION_ALREADY_EXISTS",
      "VERSION_MISMATCH",
    ]);
    const replaced = await call("ImportToken", { connectionId, replaceVersion: version });
    const renewed = (replaced.json["connection"] as { version: string }).version;
    expect(BigInt(renewed)).toBeGreaterThan(BigInt(version));
  });

  it("replaces no grant that is not there", async () => {
    const { error } = await call("ImportToken", { replaceVersion: "1" });
    expect([error.code, error.reason]).toEqual(["failed_precondition", "VERSION_MISMATCH"]);
  });

  it("verifies with a refresh token only", async () => {
    expect((await call("ImportToken", { verify: true })).error.fields).toEqual(["verify"]);
  });
});

describe("RegisterProvider", () => {
  it.each([
    ["http", "http://acme.example/token"],
    ["a user", "https://user@acme.example/token"],
    ["a password", "https://user:pw@acme.example/token"],
    ["a fragment", "https://acme.example/token#x"],
    ["an IPv4 address", "https://192.0.2.1/token"],
    ["an IPv6 address", "https://[2001:db8::1]/token"],
    ["an address in disguise", "https://0xc0000201/token"],
    ["another host than it shows", "https:///acme.example/token"],
    ["another scheme", "javascript:alert(1)"],
    ["a space", "https://acme.example/to ken"],
    ["a placeholder", "https://{tenant}.acme.example/token"],
    ["no URL", "acme.example/token"],
  ])("takes no endpoint with %s", async (_, url) => {
    for (const [key, field] of [
      ["authorizeUrl", "authorize_url"],
      ["tokenUrl", "token_url"],
      ["revokeUrl", "revoke_url"],
    ] as const) {
      const { error } = await call("RegisterProvider", { [key]: url });
      expect([error.code, error.fields]).toEqual(["invalid_argument", [field]]);
    }
  });

  it("takes no name that is visible in the namespace", async () => {
    const name = `p-${randomUUID().slice(0, 8)}`;
    expect((await call("RegisterProvider", { name })).code).toBe("ok");
    const taken = [
      await call("RegisterProvider", { name }),
      await call("RegisterProvider", { name: "acme" }),
    ];
    expect(taken.map(({ error }) => [error.code, error.reason])).toEqual([
      ["already_exists", "PROVIDER_ALREADY_EXISTS"],
      ["already_exists", "PROVIDER_ALREADY_EXISTS"],
    ]);
  });

  it("replaces no provider of the environment", async () => {
    const { error } = await call("RegisterProvider", { name: "acme", replace: true });
    expect(error.reason).toBe("PROVIDER_ALREADY_EXISTS");
  });

  it.each(["mcp", "login", "Acme", "-a", "a b", "", "a".repeat(64), "__proto__"])(
    "takes no provider called %j",
    async (name) => {
      expect((await call("RegisterProvider", { name })).error.fields).toEqual(["name"]);
    },
  );

  it("gives a catalog entry's name to that entry alone", async () => {
    expect((await call("RegisterProvider", { name: "github" })).error.fields).toEqual(["name"]);
    const own = { name: "github", template: "github", authorizeUrl: "", tokenUrl: "" };
    expect((await call("RegisterProvider", own)).code).toBe("ok");
    expect((await call("DeleteProvider", { name: "github" })).code).toBe("ok");
  });

  it.each([
    ["a secret with the method none", { tokenEndpointAuthMethod: "none" }, "client_secret"],
    ["no secret", { clientSecret: "" }, "client_secret"],
    ["an unknown method", { tokenEndpointAuthMethod: "private_key_jwt" }, "token_endpoint_auth_method"],
    ["a line break in the secret", { clientSecret: `${canary("client_secret")}\n` }, "client_secret"],
    ["an unknown template", { template: "nobody" }, "template"],
    ["no token URL", { tokenUrl: "" }, "token_url"],
    [
      "no PKCE for a public client",
      { clientSecret: "", tokenEndpointAuthMethod: "none", pkceRequired: false },
      "pkce_required",
    ],
    ["a parameter of the flow", { extraAuthorizeParams: { state: "x" } }, "extra_authorize_params.state"],
  ])("takes none with %s", async (_, changes, field) => {
    const { error } = await call("RegisterProvider", changes);
    expect([error.code, error.fields]).toEqual(["invalid_argument", [field]]);
  });
});

describe("StartAuthorization", () => {
  it.each([
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://localhost.evil.example/",
    "http://user@localhost/",
    "http://localhost/\tx",
    "http://localhost./",
    "http://localhost/#x",
    "https://evil.example/",
    "https://exаmple.com/",
  ])("leads nobody to %j", async (redirectUri) => {
    const { error } = await call("StartAuthorization", { redirectUri });
    expect([error.code, error.fields]).toEqual(["invalid_argument", ["redirect_uri"]]);
  });

  it.each(["client_id", "redirect_uri", "state", "scope", "code_challenge", "request", "resource", "nonce"])(
    "lets nobody set %s",
    async (name) => {
      const { error } = await call("StartAuthorization", { extraParams: { [name]: "x" } });
      expect(error.fields).toEqual([`extra_params.${name}`]);
    },
  );

  it("takes 16 extra parameters and no more", async () => {
    const params = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, "x"]));
    expect((await call("StartAuthorization", { extraParams: params(16) })).code).toBe("ok");
    expect((await call("StartAuthorization", { extraParams: params(17) })).error.fields).toEqual([
      "extra_params",
    ]);
  });

  it("knows no variables of a provider that declares none", async () => {
    const { error } = await call("StartAuthorization", { providerConfig: { tenant: "x" } });
    expect(error.fields).toEqual(["provider_config.tenant"]);
  });
});

describe.each(["ListConnections", "ListProviders"])("%s", (rpc) => {
  it("has no page of negative size", async () => {
    expect((await call(rpc, { pageSize: -1 })).error.fields).toEqual(["page_size"]);
  });

  it.each(["x", "e30", "\0", "[]", Buffer.from('["default",false]').toString("base64url")])(
    "goes on behind no token that it did not give: %j",
    async (pageToken) => {
      const { error } = await call(rpc, { pageToken });
      expect([error.code, error.fields]).toEqual(["invalid_argument", ["page_token"]]);
    },
  );
});
