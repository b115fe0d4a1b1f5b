import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ProviderRevocation } from "../../gen/ts/tokenbroker/v1/connection_pb.ts";
import type { Resolve, ResolvedAddress } from "../../src/oauth/index.ts";
import {
  type CanaryListener,
  countAccepted,
  knock,
  type PortCounter,
  startCanary,
} from "../support/mcp/canaries.ts";
import { type PrivateHost, startPrivateHost } from "../support/mcp/private-network.ts";
import {
  APP,
  type Ending,
  type GrantKey,
  grantOf,
  type Refusal,
  refusalOf,
  useMcpWorld,
} from "../support/mcp/world.ts";

/** Loopback, where no port is listed at all. */
const OTHER_LOOPBACK = "127.0.0.3";

/** What names resolve to, one lookup after another; the last answer stays. */
const names = new Map<string, ResolvedAddress[][]>();
let lookups: string[] = [];

const resolve: Resolve = async (hostname) => {
  lookups.push(hostname);
  const answers = names.get(hostname);
  const [answer] = answers ?? [];
  if (answer === undefined) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
  if (answers && answers.length > 1) answers.shift();
  return answer;
};

const at = (...addresses: string[]): ResolvedAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

const world = useMcpWorld({
  resolve,
  listed: ({ mcp }) => [`rebind.localhost:${mcp.port}`],
});
let canary443: CanaryListener;
let inside: PrivateHost;
let accepted: PortCounter;
/** Of the broker: RPC, callback, telemetry. */
let ownPorts: number[];
/** Connections of browsers to the callback port. */
let visits = 0;

beforeAll(async () => {
  canary443 = await startCanary({ host: OTHER_LOOPBACK, port: 443 }).catch(() =>
    startCanary({ host: OTHER_LOOPBACK }),
  );
  inside = await startPrivateHost([443, 80, 8080, world.mcp.port]);
  ownPorts = [world.broker.rpcUrl, world.broker.httpUrl, world.broker.telemetryUrl].map((url) =>
    Number(new URL(url).port),
  );
  // The session that all calls of this suite share stands from now on.
  await world.client.listProviders({});
  accepted = countAccepted();
  visits = 0;
});
beforeEach(() => {
  names.clear();
  lookups = [];
});
afterEach(async () => {
  const counts = [
    canary443.connections,
    await inside.connections(),
    ...ownPorts.map((port) => accepted.on(port)),
  ];
  if (String(counts) !== String([0, 0, 0, visits, 0]))
    throw new Error(`connections got through: ${String(counts)}`);
});
afterAll(async () => {
  accepted[Symbol.dispose]();
  await canary443[Symbol.asyncDispose]();
  await inside[Symbol.asyncDispose]();
});

/** Where no request may go, each by a name of its own. */
const FORBIDDEN = {
  "an unlisted port": () => `http://127.0.0.1:${world.canary.port}`,
  "an unlisted port over https": () => `https://127.0.0.1:${world.canary.port}`,
  "a listed port under another name": () => `http://localhost:${world.mcp.port}`,
  "another loopback address": () => `https://${OTHER_LOOPBACK}`,
  "the broker's RPC port": () => `http://127.0.0.1:${ownPorts[0]}`,
  "the broker's callback port": () => `http://127.0.0.1:${ownPorts[1]}`,
  "the broker's telemetry port": () => `http://127.0.0.1:${ownPorts[2]}`,
  "a private address": () => `https://${inside.address}`,
  "a private address over http": () => `http://${inside.address}:8080`,
  "a metadata service": () => "http://169.254.169.254",
  "a name on the private network": () => {
    names.set("inside.example", [at(inside.address)]);
    return "https://inside.example";
  },
  "a name of this machine": () => {
    names.set("this-machine.example", [at(OTHER_LOOPBACK)]);
    return "https://this-machine.example";
  },
  "a name with one private address among others": () => {
    names.set("mixed.example", [at("8.8.8.8", inside.address)]);
    return "https://mixed.example";
  },
} as const;
type Forbidden = keyof typeof FORBIDDEN;

const everywhere = Object.keys(FORBIDDEN) as Forbidden[];
const isLoopback = (url: string): boolean => /\/\/(127\.|localhost)/.test(url);

/** Judged by their text alone, before any name is looked up. */
const byText = everywhere.filter((place) => !place.includes("name "));

/** What a person at the caller's side may read: the rule and the URL that they gave, and nothing of where it would have gone. */
const expectDenied = async (
  call: Promise<unknown>,
  rule: string,
  given: string,
  hidden: string,
): Promise<Refusal> => {
  const refusal = await refusalOf(call);
  expect(refusal).toMatchObject({ reason: "EGRESS_DENIED", metadata: { rule, mcp_server_url: given } });
  if (!given.startsWith(hidden)) expect(refusal.text).not.toContain(new URL(hidden).host);
  expect(refusal.text.replaceAll(given, "")).not.toContain(inside.address);
  return refusal;
};

const start = (mcpServerUrl: string, more = {}) =>
  world.client.startAuthorization({ ...grantOf(mcpServerUrl), ...more });

/** The whole flow with a browser that opens one connection for each visit of the callback. */
const connect = async (grant: GrantKey): Promise<Ending> => {
  const { authorizeUrl } = await start(grant.mcpServerUrl, { ...grant, redirectUri: `${APP}/done` });
  const consented = await fetch(authorizeUrl, { redirect: "manual" });
  visits += 1;
  const request = get(consented.headers.get("location") ?? "", { agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  return Object.fromEntries(new URL(response.headers.location ?? APP).searchParams);
};

describe.each(everywhere)("%s", (place) => {
  it("is not asked as an MCP server", async () => {
    const url = `${FORBIDDEN[place]()}/mcp`;
    await expectDenied(start(url), "probe", url, url);
    const checked = await world.client.checkMcpServer({ mcpServerUrl: url });
    expect(checked).toMatchObject({ ready: false, reason: "EGRESS_DENIED" });
  });

  it("is not asked for the metadata that the caller's challenge names", async () => {
    const { url } = world.endpoint();
    const target = FORBIDDEN[place]();
    const wwwAuthenticate = `Bearer resource_metadata="${target}/.well-known/oauth-protected-resource"`;
    await expectDenied(start(url, { wwwAuthenticate, httpStatus: 401 }), "resource_metadata", url, target);
  });

  it("is not asked for the metadata that the server's own challenge names", async () => {
    const { url } = world.endpoint();
    const target = FORBIDDEN[place]();
    world.mcp.on(new URL(url).pathname, {
      status: 401,
      headers: { "www-authenticate": `Bearer resource_metadata="${target}/x"` },
    });
    await expectDenied(start(url), "resource_metadata", url, target);
    expect(world.mcp.requests.length).toBe(1);
  });

  it("is not asked as an authorization server", async () => {
    const target = FORBIDDEN[place]();
    const { url, metadataPath } = world.endpoint({ authorizationServers: [target] });
    const refusal = await refusalOf(start(url));
    // Plain http off this machine names no issuer in the first place.
    expect(refusal.reason).toBe(
      target.startsWith("https:") || isLoopback(target) ? "EGRESS_DENIED" : "METADATA_INVALID",
    );
    expect(refusal.metadata["mcp_server_url"]).toBe(url);
    expect(refusal.text).not.toContain(new URL(target).host);
    expect(world.mcp.requestsTo(metadataPath).length).toBe(1);
  });

  it("gets no registration", async () => {
    const target = FORBIDDEN[place]();
    const { url } = world.endpoint();
    world.as.settings.metadata = { registration_endpoint: `${target}/register` };
    const rule = byText.includes(place) ? "registration_endpoint" : "client_registration";
    await expectDenied(start(url), rule, url, target);
    expect(world.as.requestsTo(world.as.metadataPath).length).toBe(1);
  });

  it("gets no code, and nothing else that a token request has", async () => {
    const target = FORBIDDEN[place]();
    const { url } = world.endpoint();
    world.as.settings.metadata = { token_endpoint: `${target}/token` };
    if (byText.includes(place)) return void (await expectDenied(start(url), "token_endpoint", url, target));
    const ending = await connect(grantOf(url));
    expect(ending["success"]).toBeUndefined();
    expect(ending["error"]).toMatch(/^(exchange_failed|provider_error|provider_unavailable)$/);
    expect(world.as.requestsTo(world.as.paths.authorize).length).toBe(1);
  });

  it("gets no token to revoke", async () => {
    const target = FORBIDDEN[place]();
    const { url } = world.endpoint();
    world.as.settings.metadata = { revocation_endpoint: `${target}/revoke` };
    if (byText.includes(place))
      return void (await expectDenied(start(url), "revocation_endpoint", url, target));
    const grant = grantOf(url);
    expect(await connect(grant)).toMatchObject({ success: "true" });
    const { providerRevocation } = await world.client.revokeConnection(grant);
    expect(providerRevocation).not.toBe(ProviderRevocation.DONE);
  });

  it("is not reached by redirects of discovery", async () => {
    const target = FORBIDDEN[place]();
    const redirect = { status: 302, headers: { location: `${target}/elsewhere` } };
    const { url, metadataPath } = world.endpoint({ challenge: "bare" });
    world.mcp.on(metadataPath, redirect);
    await expectDenied(start(url), "resource_metadata", url, target);
    const named = world.endpoint();
    world.mcp.on(named.metadataPath, redirect);
    await expectDenied(start(named.url), "resource_metadata", named.url, target);
    // Nothing is tried instead of a place that was refused.
    expect(world.mcp.requestsTo("/.well-known/oauth-protected-resource").length).toBe(0);
    const behind = world.endpoint();
    world.as.on(world.as.metadataPath, redirect);
    await expectDenied(start(behind.url), "server_metadata", behind.url, target);
    expect(world.as.requests.map(({ path }) => path)).toEqual([world.as.metadataPath]);
  });

  it("is not reached by redirects of what is posted", async () => {
    const target = FORBIDDEN[place]();
    for (const status of place === "an unlisted port" ? [301, 302, 303, 307, 308] : [307]) {
      const redirect = { status, headers: { location: `${target}/elsewhere` } };
      const { url } = world.endpoint();
      world.mcp.on(new URL(url).pathname, redirect);
      // A server that sends its callers elsewhere has not said that it is open to them.
      const probed = await start(url).then(
        () => "started",
        () => "refused",
      );
      expect(["started", "refused"]).toContain(probed);
      world.mcp.reset();
      world.as.on(world.as.paths.register, redirect);
      expect((await refusalOf(start(world.endpoint().url))).reason).toBe("CLIENT_REGISTRATION_REQUIRED");
      world.as.reset();
      world.as.on(world.as.paths.token, redirect);
      expect((await connect(grantOf(url)))["success"]).toBeUndefined();
      world.as.reset();
      const grant = grantOf(url);
      expect(await connect(grant)).toMatchObject({ success: "true" });
      world.as.on(world.as.paths.token, redirect);
      const { version } = await world.client.getToken(grant);
      await world.client.refreshToken({ ...grant, version }).catch(() => undefined);
      world.as.on(world.as.paths.revoke, redirect);
      await world.client.revokeConnection(grant);
      expect(world.as.requestsTo(world.as.paths.revoke).length).toBeGreaterThan(0);
      world.as.reset();
    }
  });
});

describe.each(byText)("%s", (place) => {
  it("is nowhere a browser is sent", async () => {
    const target = FORBIDDEN[place]();
    const { url } = world.endpoint();
    world.as.settings.metadata = { authorization_endpoint: `${target}/authorize` };
    const refusal = await expectDenied(start(url), "authorization_endpoint", url, target);
    expect(refusal.reason).toBe("EGRESS_DENIED");
  });
});

/** WHATWG makes 127.0.0.1 of the first five. */
const SPELLINGS = [
  "0x7f.1",
  "2130706433",
  "127.1",
  "0177.0.0.1",
  "127.0.0.1.",
  "[::1]",
  "[::ffff:7f00:1]",
  "[::ffff:127.0.0.1]",
  "[::7f00:1]",
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]",
  "0.0.0.0",
  "0",
  "[::]",
  "localhost",
  "localhost.",
  "LOCALHOST",
  "x.localhost",
  "%31%32%37.0.0.1",
] as const;

describe.each(SPELLINGS)("loopback as %s", (host) => {
  const places = () => [
    `http://${host}:${world.canary.port}`,
    `https://${host}:${world.canary.port}`,
    `https://${host}`,
  ];

  it("is refused in every field", async () => {
    names
      .set("x.localhost", [at("127.0.0.1")])
      .set("localhost", [at("127.0.0.1")])
      .set("localhost.", [at("127.0.0.1")]);
    for (const place of places()) {
      expect((await refusalOf(start(`${place}/mcp`))).reason).toMatch(/^(EGRESS_DENIED|INVALID_REQUEST)$/);
      const challenged = world.endpoint();
      const wwwAuthenticate = `Bearer resource_metadata="${place}/x"`;
      expect((await refusalOf(start(challenged.url, { wwwAuthenticate, httpStatus: 401 }))).reason).toMatch(
        /^(EGRESS_DENIED|METADATA_INVALID)$/,
      );
      const led = world.endpoint({ authorizationServers: [place] });
      expect((await refusalOf(start(led.url))).reason).toMatch(/^(EGRESS_DENIED|METADATA_INVALID)$/);
      const { url } = world.endpoint();
      for (const name of [
        "token_endpoint",
        "registration_endpoint",
        "authorization_endpoint",
        "revocation_endpoint",
      ]) {
        world.as.settings.metadata = { [name]: `${place}/x` };
        // A name on port 443 is judged when it is called.
        if (/^https:\/\/[a-z.]+$/i.test(place)) continue;
        const { reason, metadata } = await refusalOf(start(url));
        expect(reason).toMatch(/^(EGRESS_DENIED|METADATA_INVALID)$/);
        expect(metadata["rule"]).toBe(name);
      }
      world.as.reset();
    }
  });
});

it.each([
  "http://①②⑦.⓪.⓪.①",
  "http://127。0。0。1",
  "http://127.0.0.1:80@evil.example",
  "http:\\\\127.0.0.1",
  "http:127.0.0.1",
  "//127.0.0.1",
])("%s is no URL of anything", async (place) => {
  expect((await refusalOf(start(`${place}/mcp`))).reason).toMatch(/^(INVALID_REQUEST|EGRESS_DENIED)$/);
  const led = world.endpoint({ authorizationServers: [place] });
  expect((await refusalOf(start(led.url))).reason).toMatch(/^(METADATA_INVALID|EGRESS_DENIED)$/);
  const { url } = world.endpoint();
  world.as.settings.metadata = { token_endpoint: `${place}/token` };
  expect((await refusalOf(start(url))).reason).toMatch(/^(METADATA_INVALID|EGRESS_DENIED)$/);
});

it("URLs of the metadata that the flow does not need are never fetched", async () => {
  const target = `http://127.0.0.1:${world.canary.port}/x`;
  const other = world.evilMcp.url;
  const ofServer = [
    "jwks_uri",
    "userinfo_endpoint",
    "introspection_endpoint",
    "end_session_endpoint",
    "service_documentation",
  ];
  const policies = [
    "op_policy_uri",
    "op_tos_uri",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
  ];
  for (const place of [target, `${other}/x`]) {
    world.as.settings.metadata = {
      ...Object.fromEntries([...ofServer, ...policies].map((name) => [name, place])),
      mtls_endpoint_aliases: { token_endpoint: place, revocation_endpoint: place },
    };
    const ofResource = ["jwks_uri", "resource_documentation", "resource_policy_uri", "resource_tos_uri"];
    const metadata = {
      ...Object.fromEntries(ofResource.map((name) => [name, place])),
      signed_metadata: "e30.e30.",
    };
    const grant = grantOf(world.endpoint({ metadata }).url);
    expect(await connect(grant)).toMatchObject({ success: "true" });
    await world.client.revokeConnection(grant);
  }
  expect(world.evilMcp.requests.length).toBe(0);
});

describe("names that change their minds", () => {
  /** A listed name may be any address of this machine, so that an alias would not do. */
  const offTheMachine = (): string => (inside.isReal ? inside.address : "10.255.255.1");

  it("a name that was this machine's a moment ago is judged again", async () => {
    const path = `/${randomUUID()}/mcp`;
    const url = `http://rebind.localhost:${world.mcp.port}${path}`;
    world.endpoint({ path, resource: url, challenge: "bare" });
    names.set("rebind.localhost", [at("127.0.0.1"), at(offTheMachine())]);
    await expectDenied(start(url), "resource_metadata", url, url);
    expect(world.mcp.requests.map((request) => request.path)).toEqual([path]);
    expect(lookups).toEqual(["rebind.localhost", "rebind.localhost"]);
  });

  it("and is good as long as it stays", async () => {
    const path = `/${randomUUID()}/mcp`;
    const url = `http://rebind.localhost:${world.mcp.port}${path}`;
    world.endpoint({ path, resource: url, challenge: "bare" });
    names.set("rebind.localhost", [at("127.0.0.1")]);
    expect((await start(url)).authorizeUrl).toContain(encodeURIComponent(url));
  });

  it("a public name that alternates between two places that are not public reaches neither", async () => {
    const answers = Array.from({ length: 20 }, (_, turn) =>
      at(turn % 2 === 0 ? OTHER_LOOPBACK : inside.address),
    );
    names.set("flip.example", answers);
    for (let turn = 0; turn < 10; turn += 1)
      await expectDenied(
        start("https://flip.example/mcp"),
        "probe",
        "https://flip.example/mcp",
        "https://flip.example",
      );
    expect(lookups.length).toBe(10);
  });

  it("a token endpoint that moves after the consent gets no code", async () => {
    const { url } = world.endpoint();
    world.as.settings.metadata = { token_endpoint: `http://rebind.localhost:${world.mcp.port}/token` };
    names.set("rebind.localhost", [at(offTheMachine())]);
    const ending = await connect(grantOf(url));
    expect(ending["error"]).toBeDefined();
    expect(world.mcp.requestsTo("/token").length).toBe(0);
  });
});

describe("with every loopback port open to development", () => {
  const open = useMcpWorld({ env: () => ({ BROKER_ALLOW_INSECURE_LOOPBACK: "true" }) });

  it("the broker's own ports and its database's stay out of reach of every field", async () => {
    const { rpcUrl, httpUrl, telemetryUrl } = open.broker;
    await open.client.listProviders({});
    using counted = countAccepted();
    const begin = (url: string, more = {}) =>
      refusalOf(open.client.startAuthorization({ ...grantOf(url), ...more }));
    const own = [rpcUrl, httpUrl, telemetryUrl].map((url) => Number(new URL(url).port));
    const ports = [...own, open.database.port].filter((port) => port !== undefined);
    expect(ports).toHaveLength(4);
    for (const port of ports)
      for (const host of ["127.0.0.1", "localhost", "127.0.0.5", "[::1]", "x.localhost", "0x7f.1"]) {
        const target = `http://${host}:${port}`;
        const refusals = [await begin(`${target}/mcp`)];
        const { url } = open.endpoint();
        const wwwAuthenticate = `Bearer resource_metadata="${target}/x"`;
        refusals.push(await begin(url, { wwwAuthenticate, httpStatus: 401 }));
        refusals.push(await begin(open.endpoint({ authorizationServers: [target] }).url));
        for (const name of [
          "token_endpoint",
          "registration_endpoint",
          "revocation_endpoint",
          "authorization_endpoint",
        ]) {
          open.as.settings.metadata = { [name]: `${target}/x` };
          refusals.push(await begin(url));
        }
        open.as.reset();
        open.as.on(open.as.metadataPath, { status: 302, headers: { location: `${target}/metrics` } });
        refusals.push(await begin(url));
        open.as.reset();
        const reasons = new Set(refusals.map(({ reason }) => reason));
        // An issuer is compared as text, so one that a URL parser reads as another text is none.
        expect(
          [...reasons].filter((reason) => reason !== "EGRESS_DENIED" && reason !== "METADATA_INVALID"),
        ).toEqual([]);
      }
    expect(own.map((port) => counted.on(port))).toEqual([0, 0, 0]);
    expect((await open.client.startAuthorization(grantOf(open.endpoint().url))).authorizeUrl).toContain(
      open.as.issuer,
    );
  });
});

it("the counts count", async () => {
  const before = ownPorts.map((port) => accepted.on(port));
  for (const port of ownPorts) await knock("127.0.0.1", port);
  await expect
    .poll(() => ownPorts.map((port) => accepted.on(port)))
    .toEqual(before.map((count) => count + 1));
  accepted[Symbol.dispose]();
  accepted = countAccepted();
  visits = 0;
});
