import { describe, expect, it } from "vitest";
import { answer, budget, json, type StubAnswer, stubEgress } from "../../test/support/mcp/stub-egress.ts";
import type { BearerChallenge } from "./challenge.ts";
import { discoverResource, isResourceOf, resourceMetadataUrls } from "./resource-metadata.ts";

describe("resourceMetadataUrls (RFC 9728 section 3.1)", () => {
  it.each([
    ["https://h.test/", ["https://h.test/.well-known/oauth-protected-resource"]],
    [
      "https://h.test/mcp",
      [
        "https://h.test/.well-known/oauth-protected-resource/mcp",
        "https://h.test/.well-known/oauth-protected-resource",
      ],
    ],
    [
      "https://h.test:8443/a/b/",
      [
        "https://h.test:8443/.well-known/oauth-protected-resource/a/b",
        "https://h.test:8443/.well-known/oauth-protected-resource",
      ],
    ],
    [
      "https://h.test/?t=1",
      [
        "https://h.test/.well-known/oauth-protected-resource?t=1",
        "https://h.test/.well-known/oauth-protected-resource",
      ],
    ],
    [
      "https://h.test/mcp?t=1",
      [
        "https://h.test/.well-known/oauth-protected-resource/mcp?t=1",
        "https://h.test/.well-known/oauth-protected-resource",
      ],
    ],
    [
      "https://h.test/m%2Fcp",
      [
        "https://h.test/.well-known/oauth-protected-resource/m%2Fcp",
        "https://h.test/.well-known/oauth-protected-resource",
      ],
    ],
  ])("of %s", (serverUrl, urls) => {
    expect(resourceMetadataUrls(serverUrl)).toEqual(urls);
  });
});

describe("isResourceOf (RFC 9728 section 3.3)", () => {
  it.each([
    ["itself", "https://h.test/a/mcp", "https://h.test/a/mcp"],
    ["with a slash at the end", "https://h.test/a/mcp", "https://h.test/a/mcp/"],
    ["without the slash at the end", "https://h.test/a/mcp/", "https://h.test/a/mcp"],
    ["its parent", "https://h.test/a/mcp", "https://h.test/a"],
    ["its origin", "https://h.test/a/mcp", "https://h.test"],
    ["its origin with a slash", "https://h.test/", "https://h.test/"],
    ["in capitals", "https://h.test/mcp", "HTTPS://H.TEST/mcp"],
    ["with the scheme's own port", "https://h.test/mcp", "https://h.test:443/mcp"],
    ["with dot segments that lead to it", "https://h.test/mcp", "https://h.test/a/%2e%2E/mcp"],
    ["with its query", "https://h.test/mcp?t=1", "https://h.test/mcp?t=1"],
    ["without its query", "https://h.test/mcp?t=1", "https://h.test/mcp"],
  ])("accepts the server %s", (_, server, resource) => {
    expect(isResourceOf(server, resource)).toBe(true);
  });

  it.each([
    ["a sibling", "https://h.test/a/mcp", "https://h.test/b/mcp"],
    ["a sibling whose name goes on", "https://h.test/mcp", "https://h.test/mcp2"],
    ["a sibling whose name is the beginning", "https://h.test/mcp2", "https://h.test/mcp"],
    ["a child", "https://h.test/mcp", "https://h.test/mcp/tools"],
    ["another path case", "https://h.test/mcp", "https://h.test/MCP"],
    ["another encoding of the path", "https://h.test/a/mcp", "https://h.test/a%2Fmcp"],
    ["dot segments that lead elsewhere", "https://h.test/a/mcp", "https://h.test/a/mcp/../other"],
    ["another host", "https://h.test/mcp", "https://evil.test/mcp"],
    ["a host that goes on", "https://h.test/mcp", "https://h.test.evil.test/mcp"],
    ["a parent domain", "https://a.h.test/mcp", "https://h.test/mcp"],
    ["another port", "https://h.test/mcp", "https://h.test:8443/mcp"],
    ["another scheme", "https://h.test/mcp", "http://h.test/mcp"],
    ["an opaque scheme", "https://h.test/mcp", "urn:h.test:mcp"],
    ["a user", "https://h.test/mcp", "https://h.test@h.test/mcp"],
    ["a password", "https://h.test/mcp", "https://:x@h.test/mcp"],
    ["a fragment", "https://h.test/mcp", "https://h.test/mcp#"],
    ["a query that the server has not", "https://h.test/mcp", "https://h.test/mcp?t=1"],
    ["another query", "https://h.test/mcp?t=1", "https://h.test/mcp?t=2"],
    ["a query on a parent", "https://h.test/a/mcp?t=1", "https://h.test/a?t=1"],
    ["a backslash", "https://h.test/mcp", String.raw`https://h.test\mcp`],
    ["a tab that a parser drops", "https://h.test/mcp", "https://h.test/m\tcp"],
    ["blanks around", "https://h.test/mcp", " https://h.test/mcp"],
    ["a letter that looks alike", "https://h.test/mcp", "https://h.test/mсp"],
    ["no URL", "https://h.test/mcp", "h.test/mcp"],
    ["nothing", "https://h.test/mcp", ""],
    ["2 KiB and more", "https://h.test/mcp", `https://h.test/${"../a/".repeat(500)}../mcp`],
  ])("refuses %s", (_, server, resource) => {
    expect(isResourceOf(server, resource)).toBe(false);
  });
});

describe("discoverResource", () => {
  const SERVER = "https://h.test/mcp";
  const [INSERTED = "", ROOT = ""] = resourceMetadataUrls(SERVER);
  const good = {
    resource: SERVER,
    authorization_servers: ["https://as.test"],
    scopes_supported: ["a", 1, "b"],
  };
  const challenge = (resourceMetadata: string | undefined): BearerChallenge => ({
    resourceMetadata,
    scopes: undefined,
    error: undefined,
  });
  const discovered = async (answers: Readonly<Record<string, StubAnswer>>, named?: string) => {
    const egress = stubEgress(answers);
    const found = await discoverResource(
      { egress, budget },
      SERVER,
      named === undefined ? undefined : challenge(named),
    ).catch((error: unknown) => error);
    return { found, urls: egress.requests.map(({ url }) => url) };
  };

  it("asks the place that the challenge names, and no other", async () => {
    const named = "https://elsewhere.test/m?x=1";
    expect(await discovered({ [named]: json(good) }, named)).toEqual({
      found: {
        kind: "found",
        metadata: {
          resource: SERVER,
          authorizationServers: ["https://as.test"],
          scopesSupported: ["a", "b"],
          url: named,
        },
      },
      urls: [named],
    });
    expect(await discovered({ [INSERTED]: json(good) }, named)).toMatchObject({
      found: { code: "METADATA_INVALID", metadata: { rule: "resource_metadata" } },
      urls: [named],
    });
  });

  it.each(["", "no URL", "/relative", "https://h.test/m#x"])(
    "refuses %j in a challenge without asking anybody",
    async (named) => {
      expect(await discovered({}, named)).toMatchObject({
        found: { code: "METADATA_INVALID", metadata: { rule: "challenge" } },
        urls: [],
      });
    },
  );

  it("asks the well-known places in order, each once", async () => {
    expect(await discovered({ [INSERTED]: json(good), [ROOT]: json(good) })).toMatchObject({
      found: { metadata: { url: INSERTED } },
      urls: [INSERTED],
    });
    expect(await discovered({ [ROOT]: json({ ...good, resource: "https://h.test" }) })).toMatchObject({
      found: { metadata: { url: ROOT, resource: "https://h.test" } },
      urls: [INSERTED, ROOT],
    });
    expect(await discovered({})).toEqual({ found: { kind: "none", clean: true }, urls: [INSERTED, ROOT] });
  });

  it.each<[string, StubAnswer]>([
    ["a page", answer("<html>", 200, { "content-type": "text/html" })],
    ["a refusal", answer(null, 401)],
  ])("says of %s that the places are not clean", async (_, page) => {
    expect(await discovered({ [INSERTED]: page })).toEqual({
      found: { kind: "none", clean: false },
      urls: [INSERTED, ROOT],
    });
  });

  it("takes a server's trouble for no answer", async () => {
    expect(await discovered({ [INSERTED]: answer(null, 503) })).toMatchObject({
      found: { code: "PROVIDER_UNAVAILABLE" },
      urls: [INSERTED, ROOT],
    });
    expect(await discovered({ "https://m.test/": answer(null, 503) }, "https://m.test/")).toMatchObject({
      found: { code: "PROVIDER_UNAVAILABLE" },
    });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ["no resource", { resource: undefined }, "METADATA_INVALID", "resource"],
    ["a list of resources", { resource: [SERVER] }, "METADATA_INVALID", "resource"],
    ["another resource", { resource: "https://h.test/other" }, "RESOURCE_MISMATCH", "resource"],
    [
      "no authorization servers",
      { authorization_servers: undefined },
      "METADATA_INVALID",
      "authorization_servers",
    ],
    ["an empty list of them", { authorization_servers: [] }, "METADATA_INVALID", "authorization_servers"],
    [
      "one that is no text",
      { authorization_servers: ["https://as.test", 1] },
      "METADATA_INVALID",
      "authorization_servers",
    ],
    [
      "a text in the place of the list",
      { authorization_servers: "https://as.test" },
      "METADATA_INVALID",
      "authorization_servers",
    ],
    [
      "21 of them",
      { authorization_servers: Array.from({ length: 21 }, () => "https://as.test") },
      "METADATA_INVALID",
      "authorization_servers",
    ],
  ])("refuses %s, and goes to no other place", async (_, change, code, rule) => {
    expect(await discovered({ [INSERTED]: json({ ...good, ...change }), [ROOT]: json(good) })).toMatchObject({
      found: { code, metadata: { rule } },
      urls: [INSERTED],
    });
  });
});
