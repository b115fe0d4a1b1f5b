import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordOutput } from "../support/canaries.ts";
import { grantOf, refusalOf, useMcpWorld } from "../support/mcp/world.ts";

/** Whatever JSON a server sends: a typed refusal, or a URL for which everything was right. */

const world = useMcpWorld();

const start = (mcpServerUrl: string, more = {}) =>
  world.client.startAuthorization({ ...grantOf(mcpServerUrl), ...more });

const REASONS = new Set([
  "METADATA_INVALID",
  "ISSUER_MISMATCH",
  "RESOURCE_MISMATCH",
  "PKCE_NOT_SUPPORTED",
  "CLIENT_REGISTRATION_REQUIRED",
  "EGRESS_DENIED",
  "PROVIDER_UNAVAILABLE",
  "MCP_NOT_PROTECTED",
]);

/** The URL, or undefined for a refusal as it should be. */
const outcomeOf = async (url: string, more = {}): Promise<URL | undefined> => {
  const call = start(url, more);
  const started = await call.catch(() => undefined);
  if (started) return new URL(started.authorizeUrl);
  const { reason, metadata } = await refusalOf(call);
  expect(REASONS).toContain(reason);
  expect(metadata["rule"]).toMatch(/^[a-z_]+$/);
  expect(metadata["mcp_server_url"]).toBe(url);
  return undefined;
};

/** JSON of every kind, and what is nearly right. */
const anyValue = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  fc.constantFrom<unknown>(
    "",
    " ",
    "http://",
    "https://",
    "javascript:alert(1)",
    "https://user:pass@as.example/x",
    "https://as.example/x#y",
    "https://as.example/\\x",
    "//as.example",
    "https://as.example:99999/",
    "https://[::1]/",
    ["S256"],
    [["S256"]],
    { S256: true },
    ["__proto__"],
    "constructor",
    "x".repeat(5000),
    Array.from({ length: 2000 }, () => "x"),
    1e308,
    -1,
    true,
  ),
);

/** Some fields get another value, or go; own names of objects among them. */
const changes = (...names: string[]) =>
  fc.dictionary(
    fc.constantFrom(...names, "__proto__", "constructor", "toString"),
    fc.option(anyValue, { nil: undefined }),
    {
      minKeys: 1,
      maxKeys: 4,
      noNullPrototype: false,
    },
  );

const RUNS = { numRuns: 50 };

it("metadata of an authorization server", async () => {
  const fields = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "code_challenge_methods_supported",
    "token_endpoint_auth_methods_supported",
    "grant_types_supported",
    "scopes_supported",
    "response_types_supported",
    "authorization_response_iss_parameter_supported",
    "client_id_metadata_document_supported",
    "protected_resources",
  ];
  await fc.assert(
    fc.asyncProperty(changes(...fields), async (changed) => {
      world.as.settings.metadata = { ...changed };
      const { url } = world.endpoint();
      const authorizeUrl = await outcomeOf(url);
      if (authorizeUrl === undefined) return;
      const sent = world.as.metadata();
      expect(sent["issuer"]).toBe(world.as.issuer);
      expect(sent["code_challenge_methods_supported"]).toContain("S256");
      expect(typeof sent["token_endpoint"]).toBe("string");
      expect(authorizeUrl.href.startsWith(new URL(String(sent["authorization_endpoint"])).href)).toBe(true);
      expect(["https:", "http:"]).toContain(authorizeUrl.protocol);
      if (authorizeUrl.protocol === "http:") expect(authorizeUrl.host).toBe(world.as.host);
    }),
    RUNS,
  );
});

it("metadata of a protected resource", async () => {
  const fields = [
    "resource",
    "authorization_servers",
    "scopes_supported",
    "bearer_methods_supported",
    "signed_metadata",
  ];
  await fc.assert(
    fc.asyncProperty(changes(...fields), async (changed) => {
      const { url } = world.endpoint({ metadata: changed });
      const authorizeUrl = await outcomeOf(url);
      if (authorizeUrl === undefined) return;
      const sent = world.mcp.metadataOf(new URL(url).pathname);
      expect(authorizeUrl.searchParams.get("resource")).toBe(sent["resource"]);
      expect((sent["authorization_servers"] as unknown[])[0]).toBe(world.as.issuer);
    }),
    RUNS,
  );
});

it("the answer to a registration", async () => {
  const fields = [
    "client_id",
    "client_secret",
    "client_secret_expires_at",
    "token_endpoint_auth_method",
    "registration_access_token",
    "redirect_uris",
    "grant_types",
    "error",
  ];
  await fc.assert(
    fc.asyncProperty(changes(...fields), async (changed) => {
      world.as.settings.registration.answer = changed;
      const authorizeUrl = await outcomeOf(world.endpoint().url);
      const { client_id: clientId } = changed;
      if (authorizeUrl && clientId !== undefined)
        expect(authorizeUrl.searchParams.get("client_id")).toBe(clientId);
      expect(authorizeUrl?.searchParams.get("redirect_uri") ?? world.broker.httpUrl).toContain("http://");
    }),
    RUNS,
  );
});

it("any JSON as a whole document", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue(),
      fc.constantFrom("resource", "server", "registration"),
      async (json, where) => {
        world.mcp.reset();
        world.as.reset();
        const { url, metadataPath } = world.endpoint();
        if (where === "resource") world.mcp.on(metadataPath, { json });
        if (where === "server") world.as.on(world.as.metadataPath, { json });
        if (where === "registration") world.as.on(world.as.paths.register, { json });
        expect(await outcomeOf(url)).toBeUndefined();
      },
    ),
    RUNS,
  );
});

it("any text as a challenge", async () => {
  const pieces = fc.constantFrom(
    "Bearer",
    "Basic",
    "DPoP",
    " ",
    ",",
    "=",
    '"',
    "\\",
    "scope",
    "resource_metadata",
    "error",
    "insufficient_scope",
    "x",
    "http://127.0.0.1:1/",
    "\t",
  );
  const header = fc
    .array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 30 })
    .map((parts) => parts.join(""));
  const { url } = world.endpoint();
  await fc.assert(
    fc.asyncProperty(header, async (wwwAuthenticate) => {
      await outcomeOf(url, { wwwAuthenticate, httpStatus: 401 });
    }),
    RUNS,
  );
});

describe("a challenge by the grammar", () => {
  const challenge = (wwwAuthenticate: string) => {
    const urls = world.endpoint({
      challenge: "bare",
      metadataAt: `/elsewhere/${randomUUID()}`,
      scopesSupported: ["listed"],
    });
    return start(urls.url, {
      wwwAuthenticate: wwwAuthenticate.replaceAll("{url}", urls.metadataUrl),
      httpStatus: 401,
    });
  };

  it.each([
    'Bearer resource_metadata="{url}", scope="read"',
    "Bearer resource_metadata={url}, scope=read",
    'bEaReR resource_metadata = "{url}" , scope = "read"',
    'Basic realm="a, b", Bearer scope="read", resource_metadata="{url}"',
    'Bearer resource_metadata="{url}", scope="read", Basic realm="x"',
    'Bearer error="invalid_token", Bearer resource_metadata="{url}", scope="read"',
    'Negotiate YII=, Bearer realm="\\"quoted\\"", resource_metadata="{url}", scope="read"',
    ', ,Bearer resource_metadata="{url}",, scope="read", ',
  ])("%s", async (header) => {
    const { authorizeUrl } = await challenge(header);
    expect(new URL(authorizeUrl).searchParams.get("scope")).toBe("read");
  });

  it.each([
    'Digest resource_metadata="{url}"',
    'Basic realm="Bearer resource_metadata={url}"',
    'X-Bearer resource_metadata="{url}"',
  ])("%s names nothing", async (header) => {
    expect((await refusalOf(challenge(header))).reason).toBe("METADATA_INVALID");
  });

  it("in two lines is one header", async () => {
    const { url, metadataUrl } = world.endpoint({ metadataAt: `/elsewhere/${randomUUID()}` });
    const lines = ['Basic realm="x"', `Bearer scope="read", resource_metadata="${metadataUrl}"`];
    world.mcp.on(new URL(url).pathname, { status: 401, headers: { "www-authenticate": lines } });
    expect(new URL((await start(url)).authorizeUrl).searchParams.get("scope")).toBe("read");
  });

  it("of a status that asks for nothing is the caller's mistake", async () => {
    const { url } = world.endpoint();
    for (const httpStatus of [200, 302, 404, 500, -1])
      expect((await refusalOf(start(url, { wwwAuthenticate: "Bearer", httpStatus }))).reason).toBe(
        "INVALID_REQUEST",
      );
  });
});

it("nothing of it made the broker fall over", () => {
  const failures = world.broker.logLines.filter(({ level }) => level === "error" || level === "fatal");
  recordOutput("failures of the metadata suite", JSON.stringify(failures));
  expect(failures).toEqual([]);
});
