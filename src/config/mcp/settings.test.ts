import { describe, expect, it } from "vitest";
import { canary } from "../../../test/support/canaries.ts";
import { load, PRODUCTION, problemsOf } from "../../../test/support/load-config.ts";
import { plainSettings } from "../settings.ts";
import type { McpConfig } from "./mcp-config.ts";

const mcp = (environment: Readonly<Record<string, string>> = {}): McpConfig => load(environment).config.mcp;

describe("the settings of MCP servers", () => {
  it("have defaults that register, trust and assume nothing", () => {
    expect(mcp()).toEqual({
      clientName: "Token Broker",
      clientMetadataUrl: undefined,
      clients: [],
      trust: [],
      crossDomain: "report",
      assumeS256: [],
      legacy: false,
    });
  });

  it("are stricter in production, where documents can be fetched", () => {
    expect(mcp(PRODUCTION)).toMatchObject({
      crossDomain: "deny-known",
      clientMetadataUrl: "https://broker.example.com/connect/mcp-client/{id}",
    });
  });

  it.each<[string, string, Partial<McpConfig>]>([
    ["BROKER_MCP_CLIENT_NAME", "Ätzend und Söhne", { clientName: "Ätzend und Söhne" }],
    ["BROKER_MCP_CLIENT_NAME", "x".repeat(64), { clientName: "x".repeat(64) }],
    ["BROKER_MCP_CLIENT_METADATA_URL", "off", { clientMetadataUrl: undefined }],
    [
      "BROKER_MCP_CLIENT_METADATA_URL",
      "https://b.test/c.json",
      { clientMetadataUrl: "https://b.test/c.json" },
    ],
    [
      "BROKER_MCP_CLIENT_METADATA_URL",
      "https://b.test/{id}/c.json",
      { clientMetadataUrl: "https://b.test/{id}/c.json" },
    ],
    ["BROKER_MCP_CROSS_DOMAIN", "report", { crossDomain: "report" }],
    ["BROKER_MCP_CROSS_DOMAIN", "deny-known", { crossDomain: "deny-known" }],
    ["BROKER_MCP_CROSS_DOMAIN", "deny", { crossDomain: "deny" }],
    ["BROKER_MCP_LEGACY", "true", { legacy: true }],
    ["BROKER_MCP_ASSUME_S256", "https://as.test", { assumeS256: ["https://as.test"] }],
    [
      "BROKER_MCP_ASSUME_S256",
      "https://as.test/ , https://as.test/a",
      { assumeS256: ["https://as.test/", "https://as.test/a"] },
    ],
    ["BROKER_MCP_ASSUME_S256", "http://localhost:9000", { assumeS256: ["http://localhost:9000"] }],
    [
      "BROKER_MCP_TRUST",
      "mcp.test=https://as.test/a",
      { trust: [{ host: "mcp.test", issuer: "https://as.test/a" }] },
    ],
    [
      "BROKER_MCP_TRUST",
      "MCP.test:8443 = https://as.test/",
      { trust: [{ host: "mcp.test:8443", issuer: "https://as.test/" }] },
    ],
    [
      "BROKER_MCP_TRUST",
      "[2001:db8::7]:1=https://as.test",
      { trust: [{ host: "[2001:db8::7]:1", issuer: "https://as.test" }] },
    ],
    [
      "BROKER_MCP_TRUST",
      "a.test=https://as.test/x=y,b.test=https://as.test",
      {
        trust: [
          { host: "a.test", issuer: "https://as.test/x=y" },
          { host: "b.test", issuer: "https://as.test" },
        ],
      },
    ],
  ])("take %s=%s", (variable, value, expected) => {
    expect(mcp({ ...PRODUCTION, [variable]: value })).toMatchObject(expected);
  });

  it.each<[string, string[]]>([
    ["BROKER_MCP_CLIENT_NAME", ["<b>x</b>", "a & b", 'say "x"', "x".repeat(65), "a\nb", "a\u202eb"]],
    [
      "BROKER_MCP_CLIENT_METADATA_URL",
      [
        "OFF",
        "http://b.test/c",
        "https://b.test",
        "https://b.test/",
        "https://b.test/c?x=1",
        "https://b.test/c#x",
        "https://u@b.test/c",
        "https://{id}.test/c",
        "https://b.test/{id}/{id}",
        "https://b.test/{name}",
        "https://b.test/../c",
        "https://b.test:443/c",
        "https://B.test/c",
        "/connect/{id}",
      ],
    ],
    ["BROKER_MCP_CROSS_DOMAIN", ["allow", "Deny", "true"]],
    ["BROKER_MCP_LEGACY", ["maybe", "2025-03-26", "tru"]],
    [
      "BROKER_MCP_ASSUME_S256",
      [
        "as.test",
        "http://as.test",
        "https://as.test?x=1",
        "https://as.test#x",
        "https://u:p@as.test",
        "https://as.test,nonsense",
        "https://0x7f.1",
      ],
    ],
    [
      "BROKER_MCP_TRUST",
      [
        "mcp.test",
        "=https://as.test",
        "mcp.test=",
        "mcp.test=as.test",
        "mcp.test=http://as.test",
        "https://mcp.test=https://as.test",
        "mcp.test/mcp=https://as.test",
        "*.test=https://as.test",
        "mcp.test:0=https://as.test",
        "mcp.test:99999=https://as.test",
        "0x7f.1=https://as.test",
        "mcp.test=https://as.test?x",
      ],
    ],
  ])("refuse other values of %s", (variable, values) => {
    const setting = Object.values(plainSettings).find(({ name }) => name === variable);
    expect(values.filter((value) => setting?.type.parse(value) !== undefined)).toEqual([]);
  });

  it("are refused all at once, without a value in the text", () => {
    const variables = [
      "CLIENT_NAME",
      "CLIENT_METADATA_URL",
      "CROSS_DOMAIN",
      "LEGACY",
      "ASSUME_S256",
      "TRUST",
    ].map((suffix) => `BROKER_MCP_${suffix}`);
    const problems = problemsOf(
      Object.fromEntries(variables.map((variable) => [variable, `"${canary("misplaced_secret")}`])),
    );
    expect(problems.map(({ variable }) => variable).toSorted()).toEqual(variables.toSorted());
    expect(JSON.stringify(problems)).not.toContain("CANARY");
  });
});
