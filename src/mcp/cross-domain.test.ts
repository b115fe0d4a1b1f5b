import { describe, expect, it } from "vitest";
import { catalog } from "../catalog/index.ts";
import type { CrossDomainRule } from "../config/index.ts";
import { type CrossDomainQuestion, isKnownIssuer, judgeCrossDomain } from "./cross-domain.ts";

const SERVER = "https://mcp.example.com/mcp";
const STRANGER = "https://login.stranger.test";
/** Of a vendor, without its name. */
const KNOWN =
  [...catalog.values()].flatMap(({ issuer }) => issuer?.value ?? []).find((text) => !text.includes("{")) ??
  "";

const question = (changes: Partial<CrossDomainQuestion> = {}): CrossDomainQuestion => ({
  serverUrl: SERVER,
  resource: SERVER,
  issuer: STRANGER,
  protectedResources: [],
  ...changes,
});

const verdict = (
  changes: Partial<CrossDomainQuestion>,
  rule: CrossDomainRule = "deny",
  trust: readonly { readonly host: string; readonly issuer: string }[] = [],
): unknown => {
  try {
    return judgeCrossDomain(question(changes), { rule, trust }) ? "reported" : "same";
  } catch (error) {
    return error;
  }
};

const refused = expect.objectContaining({
  code: "CROSS_DOMAIN_ISSUER",
  metadata: { rule: "cross_domain_issuer", variable: "BROKER_MCP_TRUST", item: "mcp.example.com=<issuer>" },
});

describe("judgeCrossDomain", () => {
  it.each<[CrossDomainRule, string, unknown]>([
    ["report", STRANGER, "reported"],
    ["report", KNOWN, "reported"],
    ["deny-known", STRANGER, "reported"],
    ["deny-known", KNOWN, refused],
    ["deny", STRANGER, refused],
    ["deny", KNOWN, refused],
  ])("under %s, of %s", (rule, issuer, expected) => {
    expect(verdict({ issuer }, rule)).toEqual(expected);
  });

  it("shows in a refusal nothing that the server chose", () => {
    const error = verdict({ issuer: "https://secret-issuer.test/tenant" }) as Error;
    expect(JSON.stringify([error, error.message])).not.toContain("secret-issuer");
  });

  it.each([
    ["itself", SERVER, "https://mcp.example.com"],
    ["another port", SERVER, "https://mcp.example.com:8443/tenant"],
    ["its parent", SERVER, "https://example.com"],
    ["its sister", SERVER, "https://a.b.example.com"],
    ["a sister below a suffix of two labels", "https://mcp.example.co.uk/", "https://login.example.co.uk"],
    ["this machine", "http://localhost:1/mcp", "http://localhost:2"],
    ["the same address", "https://203.0.113.7/mcp", "https://203.0.113.7:444"],
    ["the same long address", "https://[2001:db8::7]/mcp", "https://[2001:db8:0::7]:444"],
  ])("takes for one party a server and %s", (_, serverUrl, issuer) => {
    expect(verdict({ serverUrl, issuer })).toBe("same");
  });

  it.each([
    ["domains that only end alike", SERVER, "https://notexample.com"],
    ["neighbours below a suffix of two labels", "https://mcp.example.co.uk/", "https://other.co.uk"],
    ["neighbours on a shared host", "https://a.uk.com/mcp", "https://b.uk.com"],
    ["a host and the owner of the shared domain", "https://a.uk.com/mcp", "https://uk.com"],
    ["this machine by name and by address", "http://localhost:1/mcp", "http://127.0.0.1:1"],
    ["two addresses", "http://127.0.0.1:1/mcp", "http://127.0.0.2:1"],
    ["two suffixes", "https://example.com/mcp", "https://example.org"],
    ["a host that begins like another", SERVER, "https://example.com.evil.test"],
  ])("tells apart %s", (_, serverUrl, issuer) => {
    expect(verdict({ serverUrl, issuer }, "report")).toBe("reported");
    expect(verdict({ serverUrl, issuer }, "deny")).toMatchObject({ code: "CROSS_DOMAIN_ISSUER" });
  });

  it("believes an issuer that names the very resource", () => {
    expect(verdict({ issuer: KNOWN, protectedResources: ["https://other.test", SERVER] })).toBe("same");
    for (const near of [`${SERVER}/`, "https://mcp.example.com", SERVER.toUpperCase()])
      expect(verdict({ issuer: KNOWN, protectedResources: [near] })).toEqual(refused);
  });

  it.each([
    ["the host", "mcp.example.com", SERVER, true],
    ["the host, for every port", "mcp.example.com", "https://mcp.example.com:8443/mcp", true],
    ["the host with the scheme's own port", "mcp.example.com:443", SERVER, true],
    ["the host with the port", "mcp.example.com:8443", "https://mcp.example.com:8443/mcp", true],
    ["http's own port", "localhost:80", "http://localhost/mcp", true],
    ["another port", "mcp.example.com:8443", SERVER, false],
    ["the parent domain", "example.com", SERVER, false],
    ["a host below", "a.mcp.example.com", SERVER, false],
  ])("trusts by %s: %s for %s", (_, host, serverUrl, isTrusted) => {
    const trusted = verdict({ serverUrl, issuer: KNOWN }, "deny", [{ host, issuer: KNOWN }]);
    expect(trusted === "same").toBe(isTrusted);
  });

  it("trusts one issuer, as it is spelled", () => {
    const trust = [{ host: "mcp.example.com", issuer: STRANGER }];
    expect(verdict({}, "deny", trust)).toBe("same");
    for (const issuer of [`${STRANGER}/`, `${STRANGER}:443`, KNOWN])
      expect(verdict({ issuer }, "deny", trust)).toEqual(refused);
  });
});

describe("isKnownIssuer", () => {
  const hostOf = (template: string): string => /^https:\/\/([^/?]*)/.exec(template)?.[1] ?? "";

  it("knows every host that the catalog fixes, whatever stands for its variables", () => {
    const unknown = [...catalog].flatMap(([name, { authorizeUrl = "", tokenUrl = "", variables = {} }]) =>
      [authorizeUrl, tokenUrl].map(hostOf).flatMap((host) => {
        // Only a variable that is free and the whole of a name's end fixes nothing.
        const isFree = Object.entries(variables).some(
          ([key, { values }]) => values === undefined && host.endsWith(`{${key}}`),
        );
        if (host === "" || isFree || host.endsWith("{token_host}")) return [];
        const filled = Object.entries(variables).reduce(
          (text, [key, { values, example }]) =>
            text.replaceAll(`{${key}}`, values ? (Object.values(values).at(-1) ?? "") : example),
          host,
        );
        return isKnownIssuer(`https://${filled}/x`) ? [] : [`${name}: ${filled}`];
      }),
    );
    expect(unknown).toEqual([]);
  });

  it.each([
    "https://stranger.test",
    "https://com",
    "https://localhost:1",
    "http://127.0.0.1:1",
    "https://any-label.test",
    "https://a.uk.com",
  ])("knows no %s", (issuer) => {
    expect(isKnownIssuer(issuer)).toBe(false);
  });
});
