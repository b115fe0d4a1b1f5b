import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AuthorizationStatus, Completion } from "../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import { canary } from "../support/canaries.ts";
import { databaseText } from "../support/mcp/database-text.ts";
import { APP, type GrantKey, grantOf, refusalOf, useMcpWorld, visitToEnd } from "../support/mcp/world.ts";

/** Two authorization servers of which one is an attacker's, and answers of one that come to the other (RFC 9207, RFC 9700 section 4.4). */

const world = useMcpWorld({ env: ({ evilAs }) => ({ BROKER_MCP_ASSUME_S256: `${evilAs.issuer}/vouched` }) });

interface Consented {
  readonly grant: GrantKey;
  readonly authorizationId: string;
  readonly authorizeUrl: URL;
  /** Where the authorization server sends the browser. */
  readonly callback: URL;
}

const begin = async (mcpServerUrl: string, more = {}) => {
  const grant = grantOf(mcpServerUrl);
  const started = await world.client.startAuthorization({ ...grant, redirectUri: `${APP}/done`, ...more });
  return { grant, authorizationId: started.authorizationId, authorizeUrl: new URL(started.authorizeUrl) };
};

/** A person consents; the browser stands before the callback. */
const consent = async (mcpServerUrl: string, more = {}): Promise<Consented> => {
  const begun = await begin(mcpServerUrl, more);
  const response = await fetch(begun.authorizeUrl, { redirect: "manual" });
  return { ...begun, callback: new URL(response.headers.get("location") ?? "http://no-redirect.example") };
};

const withParams = (url: URL, changes: Readonly<Record<string, string | undefined>>): URL => {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(changes)) {
    changed.searchParams.delete(name);
    if (value !== undefined) changed.searchParams.set(name, value);
  }
  return changed;
};

const tokenRequests = () =>
  [world.as, world.evilAs].map((server) => server.requestsTo(server.paths.token).length);

const statusOf = async ({ authorizationId }: Pick<Consented, "authorizationId">) => {
  const { status, reason } = await world.client.getAuthorization({ authorizationId });
  return { status, reason };
};

const FAILED_BY_ISSUER = { status: AuthorizationStatus.FAILED, reason: "ISSUER_MISMATCH" };

describe("iss in the answer", () => {
  /** Of an issuer `http://127.0.0.1:<port>`. */
  const notQuite: Record<string, (issuer: string) => string> = {
    "with a slash": (issuer) => `${issuer}/`,
    "in upper case": (issuer) => issuer.toUpperCase(),
    "without its port": (issuer) => issuer.replace(/:\d+$/, ""),
    "with another port": (issuer) => `${issuer}0`,
    "percent-encoded": (issuer) => issuer.replace("127", "%3127"),
    "with a path": (issuer) => `${issuer}/tenant`,
    "with a query": (issuer) => `${issuer}?`,
    "with a blank": (issuer) => ` ${issuer}`,
    "by another spelling of the address": (issuer) => issuer.replace("127.0.0.1", "127.1"),
    "over https": (issuer) => issuer.replace("http:", "https:"),
    "of the attacker": () => world.evilAs.issuer,
  };

  describe.each([true, false])("where it is promised: %s", (promised) => {
    it.each(Object.entries(notQuite))("%s ends the flow before the code goes anywhere", async (_, change) => {
      world.as.settings.metadata = { authorization_response_iss_parameter_supported: promised };
      const consented = await consent(world.endpoint().url);
      const iss = change(world.as.issuer);
      expect(await visitToEnd(withParams(consented.callback, { iss }).href)).toEqual({
        error: "issuer_mismatch",
        connection_id: consented.grant.connectionId,
      });
      expect(tokenRequests()).toEqual([0, 0]);
      expect(await statusOf(consented)).toEqual(FAILED_BY_ISSUER);
      // The state is spent: the right answer comes too late.
      expect(await visitToEnd(consented.callback.href)).toEqual({ page: "400" });
    });
  });

  it.each([
    [true, false],
    [undefined, true],
    [false, true],
    ["true", true],
    [1, true],
  ])("promised as %j and absent: goes on %s", async (promised, goesOn) => {
    world.as.settings.metadata = { authorization_response_iss_parameter_supported: promised };
    const { callback } = await consent(world.endpoint().url);
    const ending = await visitToEnd(withParams(callback, { iss: undefined }).href);
    expect(ending).toMatchObject(goesOn ? { success: "true" } : { error: "issuer_mismatch" });
  });

  it("without a value is absent (RFC 6749 section 3.1)", async () => {
    const { callback } = await consent(world.endpoint().url);
    expect(await visitToEnd(withParams(callback, { iss: "" }).href)).toMatchObject({
      error: "issuer_mismatch",
    });
    world.as.settings.metadata = { authorization_response_iss_parameter_supported: undefined };
    const unpromised = await consent(world.endpoint().url);
    expect(await visitToEnd(withParams(unpromised.callback, { iss: "" }).href)).toMatchObject({
      success: "true",
    });
  });

  it("may come unpromised, if it is right", async () => {
    world.as.settings.metadata = { authorization_response_iss_parameter_supported: undefined };
    expect(await world.connect(grantOf(world.endpoint().url))).toMatchObject({ success: "true" });
  });

  it("comes once", async () => {
    const { callback } = await consent(world.endpoint().url);
    expect(await visitToEnd(`${callback.href}&iss=${encodeURIComponent(world.evilAs.issuer)}`)).toEqual({
      page: "400",
    });
    expect(tokenRequests()).toEqual([0, 0]);
  });

  it("is compared with the issuer as the metadata spell it, slash and all", async () => {
    const issuer = `${world.evilAs.issuer}/`;
    world.evilAs.settings.metadata = { issuer };
    const consented = await consent(world.evilEndpoint({ authorizationServers: [issuer] }).url);
    const without = await visitToEnd(withParams(consented.callback, { iss: issuer.slice(0, -1) }).href);
    expect(without).toMatchObject({ error: "issuer_mismatch" });
    const again = await consent(consented.grant.mcpServerUrl);
    expect(await visitToEnd(withParams(again.callback, { iss: issuer }).href)).toMatchObject({
      success: "true",
    });
  });
});

describe("an error from the wrong issuer", () => {
  it.each([{ iss: "http://127.0.0.9" }, { iss: undefined }])(
    "%j is neither shown nor stored",
    async ({ iss }) => {
      const [text, uri] = [canary("error_text"), `https://phish.example/${canary("error_uri")}`];
      const consented = await consent(world.endpoint().url, { redirectUri: "" });
      const callback = withParams(consented.callback, {
        code: undefined,
        iss,
        error: "access_denied",
        error_description: text,
        error_uri: uri,
      });
      const response = await fetch(callback, { redirect: "manual" });
      const page = await response.text();
      expect(page).not.toMatch(/access_denied|phish|CANARY|refused|denied/i);
      expect(await statusOf(consented)).toEqual(FAILED_BY_ISSUER);
      const stored = await databaseText(world.database);
      expect(stored).not.toContain(text);
      expect(stored).not.toContain(uri);
      expect(JSON.stringify(world.broker.logLines)).not.toMatch(/phish|CANARY/);
    },
  );

  it("from the right one is told in the broker's own words", async () => {
    const text = canary("error_text");
    const consented = await consent(world.endpoint().url);
    const callback = withParams(consented.callback, {
      code: undefined,
      error: "access_denied",
      error_description: text,
    });
    expect(await visitToEnd(callback.href)).toEqual({
      error: "access_denied",
      connection_id: consented.grant.connectionId,
    });
    expect(await databaseText(world.database)).not.toContain(text);
  });
});

describe("an attacker's authorization server", () => {
  it("that sends people to the honest one gets no code, because the honest one says who it is", async () => {
    world.as.addClient({ clientId: "stolen", secret: undefined });
    world.evilAs.settings.metadata = { authorization_endpoint: world.as.url + world.as.paths.authorize };
    world.evilAs.settings.registration.answer = { client_id: "stolen" };
    const consented = await consent(world.evilEndpoint().url);
    expect(consented.authorizeUrl.host).toBe(world.as.host);
    expect(consented.callback.searchParams.get("code")).not.toBeNull();
    expect(await visitToEnd(consented.callback.href)).toMatchObject({ error: "issuer_mismatch" });
    expect(tokenRequests()).toEqual([0, 0]);
  });

  it("nor if the honest one is silent, because the client has another redirect URI there", async () => {
    world.as.settings.sendsIss = false;
    world.evilAs.settings.sendsIss = false;
    await begin(world.endpoint().url);
    const [honest] = [...world.as.clients.values()].slice(-1);
    world.evilAs.settings.metadata = { authorization_endpoint: world.as.url + world.as.paths.authorize };
    world.evilAs.settings.registration.answer = { client_id: honest?.clientId };
    const consented = await consent(world.evilEndpoint().url);
    expect(consented.authorizeUrl.searchParams.get("client_id")).toBe(honest?.clientId);
    expect(consented.callback.host).toBe("no-redirect.example");
    expect(tokenRequests()).toEqual([0, 0]);
  });

  it("gets no code of the honest one's that comes back under its own callback", async () => {
    const [honest, evil] = [await consent(world.endpoint().url), await consent(world.evilEndpoint().url)];
    expect(honest.callback.pathname).not.toBe(evil.callback.pathname);
    const crossed = new URL(honest.callback);
    crossed.pathname = evil.callback.pathname;
    expect(await visitToEnd(crossed.href)).toEqual({ page: "400" });
    const back = new URL(evil.callback);
    back.pathname = honest.callback.pathname;
    expect(await visitToEnd(back.href)).toEqual({ page: "400" });
    expect(tokenRequests()).toEqual([0, 0]);
  });

  it("cannot have its code redeemed in the honest one's name, nor the other way round", async () => {
    const [honest, evil] = [await consent(world.endpoint().url), await consent(world.evilEndpoint().url)];
    const code = (of: Consented) => of.callback.searchParams.get("code") ?? "";
    // The honest flow with the attacker's code and its iss, and with its code alone.
    const first = withParams(honest.callback, { code: code(evil), iss: world.evilAs.issuer });
    expect(await visitToEnd(first.href)).toMatchObject({ error: "issuer_mismatch" });
    const again = await consent(honest.grant.mcpServerUrl);
    const injected = withParams(again.callback, { code: code(evil) });
    expect(await visitToEnd(injected.href)).toMatchObject({ error: "exchange_failed" });
    // The attacker's flow with the honest code and iss.
    const stolen = withParams(evil.callback, { code: code(honest), iss: world.as.issuer });
    expect(await visitToEnd(stolen.href)).toMatchObject({ error: "issuer_mismatch" });
    expect(world.evilAs.requests.filter(({ body }) => body.includes(code(honest)))).toEqual([]);
  });

  it("gets no state of another flow's accepted", async () => {
    const [honest, evil] = [await consent(world.endpoint().url), await consent(world.evilEndpoint().url)];
    const crossed = withParams(honest.callback, { state: evil.callback.searchParams.get("state") ?? "" });
    expect(await visitToEnd(crossed.href)).toEqual({ page: "400" });
    expect(tokenRequests()).toEqual([0, 0]);
  });

  it.each(["token_endpoint", "registration_endpoint"])(
    "may name the honest one's %s, and sends it nothing but its own",
    async (name) => {
      const path = name === "token_endpoint" ? world.as.paths.token : world.as.paths.register;
      world.evilAs.settings.metadata = { [name]: world.as.url + path };
      const honest = await consent(world.endpoint().url);
      const ending = await world.connect(grantOf(world.evilEndpoint().url));
      expect(ending["success"]).toBeUndefined();
      const code = honest.callback.searchParams.get("code") ?? "";
      expect(await visitToEnd(honest.callback.href)).toMatchObject({ success: "true" });
      expect(world.evilAs.requests.filter(({ body }) => body.includes(code))).toEqual([]);
    },
  );

  it("sets nothing of the request by a query of its endpoint", async () => {
    const query = new URLSearchParams({
      client_id: "another",
      redirect_uri: "https://evil.example/callback",
      response_type: "token",
      response_mode: "fragment",
      state: "fixed",
      code_challenge: "x",
      code_challenge_method: "plain",
      resource: "https://evil.example",
      tenant: "kept",
    });
    world.as.settings.metadata = {
      authorization_endpoint: `${world.as.url}${world.as.paths.authorize}?${query.toString()}`,
    };
    const { authorizeUrl } = await begin(world.endpoint().url);
    const names = [...authorizeUrl.searchParams.keys()];
    expect(names.length).toBe(new Set(names).size);
    expect(authorizeUrl.searchParams.get("tenant")).toBe("kept");
    for (const [name, value] of query)
      if (name !== "tenant" && name !== "response_mode")
        expect(authorizeUrl.searchParams.get(name)).not.toBe(value);
  });

  it("changes nothing of a flow that is under way", async () => {
    const { url, metadataPath } = world.endpoint();
    const consented = await consent(url);
    world.as.settings.metadata = { token_endpoint: `${world.evilAs.url}/token`, issuer: world.evilAs.issuer };
    world.mcp.on(metadataPath, { json: { resource: url, authorization_servers: [world.evilAs.issuer] } });
    expect(await visitToEnd(consented.callback.href)).toMatchObject({ success: "true" });
    expect(world.evilAs.requests).toEqual([]);
    // Nor of a grant: what was pinned is asked, and nothing is discovered for a refresh.
    const before = world.as.requestsTo(world.as.metadataPath).length;
    const { version } = await world.client.getToken(consented.grant);
    await world.client.refreshToken({ ...consented.grant, version });
    expect(world.as.requestsTo(world.as.metadataPath).length).toBe(before);
    expect(world.evilAs.requests).toEqual([]);
  });
});

describe("by ticket", () => {
  const completion = Completion.REQUIRED;

  it("a wrong issuer gets none", async () => {
    const { callback, grant } = await consent(world.endpoint().url, { completion });
    const ending = await visitToEnd(withParams(callback, { iss: world.evilAs.issuer }).href);
    expect(ending).toEqual({ error: "issuer_mismatch", connection_id: grant.connectionId });
  });

  it("the code is redeemed where the flow began, whatever the server has said since", async () => {
    const { url, metadataPath } = world.endpoint();
    const { callback, grant } = await consent(url, { completion });
    const { ticket = "" } = await visitToEnd(callback.href);
    world.mcp.on(metadataPath, { json: { resource: url, authorization_servers: [world.evilAs.issuer] } });
    world.as.settings.metadata = { token_endpoint: `${world.evilAs.url}/token` };
    expect(tokenRequests()).toEqual([0, 0]);
    expect(
      (await refusalOf(world.client.completeAuthorization({ ticket, userId: "somebody-else" }))).reason,
    ).toBe("TICKET_REJECTED");
    await world.client.completeAuthorization({ ticket, userId: grant.userId });
    expect(tokenRequests()).toEqual([1, 0]);
    expect(world.as.verify((await world.client.getToken(grant)).accessToken)?.resource).toBe(url);
  });
});

describe("an issuer in metadata", () => {
  it.each<[string, (issuer: string) => unknown]>([
    ["with a slash", (issuer) => `${issuer}/`],
    ["in upper case", (issuer) => issuer.toUpperCase()],
    ["with another port", (issuer) => `${issuer}1`],
    ["without a port", (issuer) => issuer.replace(/:\d+$/, "")],
    ["over https", (issuer) => issuer.replace("http:", "https:")],
    ["with a path", (issuer) => `${issuer}/x`],
    ["with a blank", (issuer) => `${issuer} `],
    ["of the honest server", () => world.as.issuer],
    ["that is missing", () => undefined],
    ["that is a list", (issuer) => [issuer]],
    ["that is an object", (issuer) => ({ issuer })],
    ["that is null", () => null],
  ])("%s is another one's", async (_, change) => {
    world.evilAs.settings.metadata = { issuer: change(world.evilAs.issuer) };
    const { url } = world.evilEndpoint();
    expect(await refusalOf(begin(url))).toMatchObject({
      reason: "ISSUER_MISMATCH",
      metadata: { rule: "issuer", mcp_server_url: url },
    });
    expect(world.evilAs.registrations).toEqual([]);
    expect(world.as.requests).toEqual([]);
  });

  it.each<[string, (issuer: string) => string]>([
    ["with a slash", (issuer) => `${issuer}/`],
    ["in upper case", (issuer) => issuer.replace("http", "HTTP")],
    ["with dots", (issuer) => `${issuer}/x/..`],
    ["with an empty query", (issuer) => `${issuer}?`],
    ["with a fragment", (issuer) => `${issuer}#x`],
    ["with a user", (issuer) => issuer.replace("//", "//user@")],
  ])("is compared with the text that the resource names: %s", async (_, change) => {
    const { url } = world.endpoint({ authorizationServers: [change(world.as.issuer)] });
    expect((await refusalOf(begin(url))).reason).toMatch(/^(ISSUER_MISMATCH|METADATA_INVALID)$/);
    expect(world.as.registrations).toEqual([]);
  });
});

describe("the resource of a server at /a/mcp", () => {
  const prefix = () => `/${randomUUID()}`;
  const resourceAt = (a: string, resource: unknown, path = "/mcp") =>
    world.endpoint({ path: a + path, metadata: { resource } });

  it.each<[string, (origin: string, a: string) => string]>([
    ["itself", (origin, a) => `${origin}${a}/mcp`],
    ["itself with a slash", (origin, a) => `${origin}${a}/mcp/`],
    ["its parent", (origin, a) => `${origin}${a}`],
    ["its parent with a slash", (origin, a) => `${origin}${a}/`],
    ["its origin", (origin) => origin],
    ["its origin with a slash", (origin) => `${origin}/`],
    ["itself, the scheme in upper case", (origin, a) => `${origin.replace("http", "HTTP")}${a}/mcp`],
  ])("may be %s, and is sent as it is published", async (_, change) => {
    const a = prefix();
    const resource = change(world.mcp.url, a);
    const grant = grantOf(resourceAt(a, resource).url);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    const { version } = await world.client.getToken(grant);
    await world.client.refreshToken({ ...grant, version });
    const [asked] = world.as.requestsTo(world.as.paths.authorize);
    expect(asked?.query.getAll("resource")).toEqual([resource]);
    const sent = world.as
      .requestsTo(world.as.paths.token)
      .map(({ body }) => new URLSearchParams(body).getAll("resource"));
    expect(sent).toEqual([[resource], [resource]]);
  });

  it.each<[string, (origin: string, a: string) => unknown]>([
    ["a sibling", (origin, a) => `${origin}${a}/other`],
    ["one that begins alike", (origin, a) => `${origin}${a}/mc`],
    ["one that goes on alike", (origin, a) => `${origin}${a}/mcp-evil`],
    ["a child", (origin, a) => `${origin}${a}/mcp/child`],
    ["a sibling by way of dots", (origin, a) => `${origin}${a}/mcp/../other`],
    ["a sibling by way of encoded dots", (origin, a) => `${origin}${a}/mcp/%2e%2e/other`],
    ["its path with an encoded slash", (origin, a) => `${origin}${a}%2fmcp`],
    ["itself with a query", (origin, a) => `${origin}${a}/mcp?x=1`],
    ["its parent with a query", (origin, a) => `${origin}${a}?x=1`],
    ["itself with a fragment", (origin, a) => `${origin}${a}/mcp#x`],
    ["itself with an empty fragment", (origin, a) => `${origin}${a}/mcp#`],
    ["itself for a user", (origin, a) => `${origin.replace("//", "//user@")}${a}/mcp`],
    ["itself at another port", (origin, a) => `${origin}1${a}/mcp`],
    ["itself over https", (origin, a) => `${origin.replace("http:", "https:")}${a}/mcp`],
    ["itself at another host", (origin, a) => `${origin.replace("127.0.0.1", "127.0.0.2")}${a}/mcp`],
    [
      "itself at a host that begins alike",
      (origin, a) => `${origin.replace("127.0.0.1", "127.0.0.1.evil.example")}${a}/mcp`,
    ],
    ["itself with a backslash", (origin, a) => `${origin}\\${a.slice(1)}/mcp`],
    ["itself with a blank", (origin, a) => `${origin}${a}/mcp `],
    ["itself with a line end", (origin, a) => `${origin}${a}/mcp\n`],
    ["a path alone", (_, a) => `${a}/mcp`],
    ["nothing", () => ""],
    ["too long", (origin, a) => `${origin}${a}/mcp?${"x".repeat(3000)}`],
    ["a URN", () => "urn:example:mcp"],
  ])("may not be %s", async (_, change) => {
    const a = prefix();
    const { url } = resourceAt(a, change(world.mcp.url, a));
    expect(await refusalOf(begin(url))).toMatchObject({
      reason: "RESOURCE_MISMATCH",
      metadata: { rule: "resource", mcp_server_url: url },
    });
    expect(world.as.requests).toEqual([]);
  });

  it.each([undefined, null, 1, true, ["x"], { toString: "x" }])("may not be %j", async (resource) => {
    const { url } = resourceAt(prefix(), resource);
    expect(await refusalOf(begin(url))).toMatchObject({
      reason: "METADATA_INVALID",
      metadata: { rule: "resource" },
    });
  });

  it("a server whose name goes on from another's is not that one's part", async () => {
    const a = prefix();
    const { url } = resourceAt(a, `${world.mcp.url}${a}/mcp`, "/mcp-evil");
    expect((await refusalOf(begin(url))).reason).toBe("RESOURCE_MISMATCH");
  });

  it("metadata at the root for somebody else are not a server's own", async () => {
    const a = prefix();
    world.mcp.add({
      path: `${a}/mcp`,
      authorizationServers: [world.as.issuer],
      verify: world.as.verify,
      challenge: "none",
      metadataAt: "/nowhere",
    });
    world.mcp.on("/.well-known/oauth-protected-resource", {
      json: { resource: `${world.mcp.url}/other`, authorization_servers: [world.as.issuer] },
    });
    expect((await refusalOf(begin(`${world.mcp.url}${a}/mcp`))).reason).toBe("RESOURCE_MISMATCH");
  });

  it("an attacker's metadata for an honest resource lead nowhere", async () => {
    const honest = world.endpoint();
    const { url } = world.evilEndpoint({ metadata: { resource: honest.resource } });
    expect((await refusalOf(begin(url))).reason).toBe("RESOURCE_MISMATCH");
    const { url: named } = world.endpoint();
    const wwwAuthenticate = `Bearer resource_metadata="${world.evilMcp.url}/md"`;
    world.evilMcp.on("/md", {
      json: { resource: world.evilMcp.url, authorization_servers: [world.evilAs.issuer] },
    });
    expect((await refusalOf(begin(named, { wwwAuthenticate, httpStatus: 401 }))).reason).toBe(
      "RESOURCE_MISMATCH",
    );
  });
});

describe("PKCE", () => {
  it.each<[unknown]>([
    [undefined],
    [[]],
    [["plain"]],
    ["S256"],
    [["s256"]],
    [["S256 "]],
    [[["S256"]]],
    [{ S256: true }],
    [null],
    [true],
  ])("advertised as %j is refused, before anything is registered", async (methods) => {
    world.as.settings.metadata = { code_challenge_methods_supported: methods };
    const { url } = world.endpoint();
    expect(await refusalOf(begin(url))).toMatchObject({
      reason: "PKCE_NOT_SUPPORTED",
      metadata: { rule: "code_challenge_methods_supported", mcp_server_url: url },
    });
    expect(world.as.registrations).toEqual([]);
    expect(await world.client.checkMcpServer({ mcpServerUrl: url })).toMatchObject({
      ready: false,
      reason: "PKCE_NOT_SUPPORTED",
      issuer: world.as.issuer,
    });
  });

  it("is assumed for an issuer that the operator vouches for, of that spelling alone, and S256 is sent all the same", async () => {
    const issuer = `${world.evilAs.issuer}/vouched`;
    world.evilAs.settings.metadata = { code_challenge_methods_supported: undefined };
    expect((await refusalOf(begin(world.evilEndpoint().url))).reason).toBe("PKCE_NOT_SUPPORTED");
    world.evilAs.on("/.well-known/oauth-authorization-server/vouched", {
      json: { ...world.evilAs.metadata(), issuer },
    });
    const { url } = world.evilEndpoint({ authorizationServers: [issuer] });
    const { warnings, authorizeUrl } = await world.client.startAuthorization(grantOf(url));
    expect(warnings).toEqual(["pkce_assumed"]);
    expect(new URL(authorizeUrl).searchParams.get("code_challenge_method")).toBe("S256");
  });

  it("cannot be switched off by what the caller adds", async () => {
    const { url } = world.endpoint();
    for (const name of [
      "code_challenge",
      "code_challenge_method",
      "resource",
      "state",
      "redirect_uri",
      "client_id",
      "scope",
      "nonce",
      "request",
      "request_uri",
      "response_mode",
    ])
      expect((await refusalOf(begin(url, { extraParams: { [name]: "x" } }))).reason).toBe("INVALID_REQUEST");
  });
});
