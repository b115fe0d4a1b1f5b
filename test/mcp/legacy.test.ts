import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ScriptedAnswer } from "../mock-provider/index.ts";
import { grantOf, refusalOf, useMcpWorld } from "../support/mcp/world.ts";

/** The fallback of 2025-03-26 comes after clean 404s and nothing else: no other answer, and no refusal of the guard, leads there. */

const world = useMcpWorld({
  env: () => ({ BROKER_MCP_LEGACY: "true", BROKER_PROVIDER_TIMEOUT_SECONDS: "1" }),
});

const start = (mcpServerUrl: string) => world.client.startAuthorization(grantOf(mcpServerUrl));

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** A server without metadata of its own, which answers `place` in its own way. */
const serverWith = (place: "inserted" | "root" | "server", answer: ScriptedAnswer): string => {
  const path = `/${randomUUID()}/mcp`;
  world.evilMcp.on(path, { status: 401 });
  const places = {
    inserted: WELL_KNOWN + path,
    root: WELL_KNOWN,
    server: "/.well-known/oauth-authorization-server",
  };
  world.evilMcp.on(places[place], answer);
  return world.evilMcp.url + path;
};

it("a server without anything is taken for an old one, at its own origin", async () => {
  world.evilMcp.on("/register", { status: 201, json: { client_id: "old" } });
  const url = serverWith("root", { status: 404 });
  const { authorizeUrl, warnings } = await start(url);
  expect(warnings).toEqual(["legacy_discovery"]);
  const asked = new URL(authorizeUrl);
  expect([asked.origin, asked.pathname]).toEqual([world.evilMcp.url, "/authorize"]);
  expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
});

describe.each(["inserted", "root"] as const)("metadata of the resource, %s", (place) => {
  it.each<[string, ScriptedAnswer, string]>([
    [
      "a redirect to where nobody may go",
      { status: 302, headers: { location: "http://169.254.169.254/" } },
      "EGRESS_DENIED",
    ],
    [
      "a redirect to an unlisted port",
      { status: 302, headers: { location: "http://127.0.0.1:1/" } },
      "EGRESS_DENIED",
    ],
    ["a redirect to itself", { status: 302, headers: { location: WELL_KNOWN } }, "METADATA_INVALID"],
    ["a page", { body: "<html>", headers: { "content-type": "text/html" } }, "METADATA_INVALID"],
    ["a refusal", { status: 403 }, "METADATA_INVALID"],
    ["a mistake of the server", { status: 500 }, "PROVIDER_UNAVAILABLE"],
    ["a reset", { fault: "reset" }, "PROVIDER_UNAVAILABLE"],
    ["silence", { fault: "hang" }, "PROVIDER_UNAVAILABLE"],
    ["too much", { body: "x".repeat(65_536), fault: "endless" }, "METADATA_INVALID"],
    ["half a document", { json: { resource: 1 } }, "METADATA_INVALID"],
  ])("that is %s does not make it an old one", async (_, answer, reason) => {
    const url = serverWith(place, answer);
    if (place === "inserted" && answer.headers?.["location"] === WELL_KNOWN)
      world.evilMcp.on(WELL_KNOWN, { status: 302, headers: { location: WELL_KNOWN } });
    expect(await refusalOf(start(url))).toMatchObject({
      reason,
      metadata: { rule: expect.any(String), mcp_server_url: url },
    });
    const paths = world.evilMcp.requests.map(({ path }) => path);
    expect(paths.filter((path) => /authorize|register|token|authorization-server/.test(path))).toEqual([]);
  });
});

it.each<[string, ScriptedAnswer, string]>([
  [
    "a redirect to where nobody may go",
    { status: 302, headers: { location: "https://10.0.0.1/" } },
    "EGRESS_DENIED",
  ],
  ["a page", { body: "<html>", headers: { "content-type": "text/html" } }, "METADATA_INVALID"],
  ["a mistake of the server", { status: 502 }, "PROVIDER_UNAVAILABLE"],
  ["another issuer's", { json: { issuer: "https://other.example" } }, "METADATA_INVALID"],
])("metadata of the server that are %s do not make its endpoints be guessed", async (_, answer, reason) => {
  const url = serverWith("server", answer);
  expect((await refusalOf(start(url))).reason).toBe(reason);
  expect(world.evilMcp.requestsTo("/register")).toEqual([]);
});

it("a challenge that names metadata which are not there does not lead to the well-known places, nor to an old server", async () => {
  const path = `/${randomUUID()}/mcp`;
  world.evilMcp.on(path, {
    status: 401,
    headers: { "www-authenticate": `Bearer resource_metadata="${world.evilMcp.url}/gone"` },
  });
  expect((await refusalOf(start(world.evilMcp.url + path))).reason).toBe("METADATA_INVALID");
  expect(world.evilMcp.requests.map((request) => request.path)).toEqual([path, "/gone"]);
});
