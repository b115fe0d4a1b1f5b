import { describe, expect, it } from "vitest";
import { catalog } from "../catalog/index.ts";
import { BrokerError } from "../errors.ts";
import {
  type CrossDomainPolicy,
  type CrossDomainQuestion,
  isKnownIssuer,
  judgeCrossDomain,
} from "./cross-domain.ts";

const SERVER = "https://mcp.evil.example.com/mcp";

/** "same", "reported" or "refused". */
const judged = (question: Partial<CrossDomainQuestion>, policy: Partial<CrossDomainPolicy> = {}): string => {
  const { serverUrl = SERVER } = question;
  try {
    const reported = judgeCrossDomain(
      {
        serverUrl,
        resource: serverUrl,
        issuer: "https://as.example.org",
        protectedResources: [],
        ...question,
      },
      { rule: "deny", trust: [], ...policy },
    );
    return reported ? "reported" : "same";
  } catch (error) {
    if (error instanceof BrokerError && error.code === "CROSS_DOMAIN_ISSUER") return "refused";
    throw error;
  }
};

/** An entry of the catalog whose authorization URL has a fixed host. */
const KNOWN = [...catalog.values()]
  .map(({ authorizeUrl = "" }) => authorizeUrl)
  .find((url) => url !== "" && !url.includes("{"));
const knownIssuer = new URL(KNOWN ?? "").origin;

describe("one registrable domain", () => {
  it.each([
    ["https://mcp.example.com/mcp", "https://auth.example.com"],
    ["https://example.com", "https://a.b.c.example.com/tenant"],
    ["https://mcp.example.co.uk", "https://auth.example.co.uk"],
    ["http://127.0.0.1:3000/mcp", "http://127.0.0.1:4000"],
    ["http://localhost:3000/mcp", "http://localhost:4000"],
    ["https://me.github.io/mcp", "https://me.github.io/auth"],
  ])("%s and %s are of one", (serverUrl, issuer) => expect(judged({ serverUrl, issuer })).toBe("same"));

  it.each([
    ["https://mcp.example.com", "https://auth.example.org"],
    ["https://one.co.uk", "https://two.co.uk"],
    ["https://me.github.io/mcp", "https://you.github.io"],
    ["https://me.workers.dev/mcp", "https://you.workers.dev"],
    ["https://example.com.evil.example.org", "https://auth.example.com"],
    ["https://evilexample.com", "https://example.com"],
    ["http://127.0.0.1:3000/mcp", "http://127.0.0.2:3000"],
    ["http://127.0.0.1:3000/mcp", "http://localhost:3000"],
    ["https://10.0.0.1/mcp", "https://10.0.0.2"],
    ["https://mcp.internal", "https://as.internal"],
    ["https://xn--exmple-cua.com", "https://example.com"],
  ])("%s and %s are not", (serverUrl, issuer) => expect(judged({ serverUrl, issuer })).toBe("refused"));
});

describe("an issuer vouches", () => {
  it("for a resource that it lists, byte for byte", () => {
    expect(judged({ protectedResources: ["https://x.example.net", SERVER] })).toBe("same");
    for (const listed of [
      `${SERVER}/`,
      SERVER.toUpperCase(),
      "https://mcp.evil.example.com",
      `${SERVER}#x`,
      "*",
      "",
    ])
      expect(judged({ protectedResources: [listed] })).toBe("refused");
  });

  it("for the resource that is published, which may be a part of the server's URL", () => {
    expect(
      judged({
        resource: "https://mcp.evil.example.com",
        protectedResources: ["https://mcp.evil.example.com"],
      }),
    ).toBe("same");
    expect(judged({ resource: "https://mcp.evil.example.com", protectedResources: [SERVER] })).toBe(
      "refused",
    );
  });
});

describe("an operator vouches", () => {
  const trusting = (host: string, issuer = "https://as.example.org") =>
    judged({}, { trust: [{ host, issuer }] });

  it("for a host, on every port or on one", () => {
    expect([trusting("mcp.evil.example.com"), trusting("mcp.evil.example.com:443")]).toEqual([
      "same",
      "same",
    ]);
  });

  it.each([
    ["another port", "mcp.evil.example.com:8443", undefined],
    ["another host", "evil.example.com", undefined],
    ["a host below", "x.mcp.evil.example.com", undefined],
    ["another issuer", "mcp.evil.example.com", "https://as.example.org/"],
    ["an issuer of another case", "mcp.evil.example.com", "https://AS.example.org"],
  ])("not for %s", (_, host, issuer) => expect(trusting(host, issuer)).toBe("refused"));
});

describe("the rules", () => {
  it.each([
    ["report", "https://as.example.org", "reported"],
    ["report", knownIssuer, "reported"],
    ["deny-known", "https://as.example.org", "reported"],
    ["deny-known", knownIssuer, "refused"],
    ["deny", "https://as.example.org", "refused"],
    ["deny", knownIssuer, "refused"],
  ] as const)("%s, %s: %s", (rule, issuer, outcome) => expect(judged({ issuer }, { rule })).toBe(outcome));

  it("a known vendor's own server is not refused", () => {
    const { hostname } = new URL(knownIssuer);
    expect(
      judged({ serverUrl: `https://${hostname}/mcp`, issuer: knownIssuer }, { rule: "deny-known" }),
    ).toBe("same");
  });

  it("every vendor with a fixed host is known, under every name of its domain", () => {
    const fixed = [...catalog.values()].flatMap(({ authorizeUrl = "", tokenUrl = "" }) => [
      authorizeUrl,
      tokenUrl,
    ]);
    const unknown = fixed.filter((url) => url !== "" && !url.includes("{") && !isKnownIssuer(url));
    expect(unknown).toEqual([]);
    expect(isKnownIssuer(`https://other.name.${new URL(knownIssuer).hostname}/x`)).toBe(true);
    expect(isKnownIssuer("https://nobody.example.com")).toBe(false);
    expect(isKnownIssuer(`https://${new URL(knownIssuer).hostname}.example.com`)).toBe(false);
  });

  it("the refusal says what to add and nothing of the issuer, whose text is a stranger's", () => {
    const issuer = "https://secret-name.example.org";
    const call = () =>
      judgeCrossDomain(
        { serverUrl: SERVER, resource: SERVER, issuer, protectedResources: [] },
        { rule: "deny", trust: [] },
      );
    expect(call).toThrow(/BROKER_MCP_TRUST/);
    expect(call).not.toThrow(/secret-name/);
  });
});
