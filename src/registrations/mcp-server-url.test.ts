import { describe, expect, it } from "vitest";
import { BrokerError } from "../errors.ts";
import { parseMcpServerUrl } from "./mcp-server-url.ts";

describe("parseMcpServerUrl", () => {
  it.each([
    ["https://mcp.example.com/mcp", "https://mcp.example.com/mcp"],
    ["HTTPS://MCP.Example.com:443/mcp", "https://mcp.example.com/mcp"],
    ["https://mcp.example.com/", "https://mcp.example.com"],
    ["https://mcp.example.com", "https://mcp.example.com"],
    ["https://mcp.example.com/a/../mcp/", "https://mcp.example.com/mcp/"],
    ["https://mcp.example.com:8443?team=1", "https://mcp.example.com:8443/?team=1"],
    ["http://localhost:3000/mcp", "http://localhost:3000/mcp"],
  ])("%s is %s", (text, url) => {
    expect(parseMcpServerUrl(text)).toBe(url);
  });

  it.each([
    "",
    "mcp.example.com",
    "//mcp.example.com",
    "https:mcp.example.com",
    "https:///mcp",
    "ftp://mcp.example.com",
    "javascript:alert(1)",
    "https://user@mcp.example.com",
    "https://mcp.example.com#x",
    "https://mcp.example.com/#",
    "https://mcp.example.com\\@evil.example",
    "https://mcp.example.com/a b",
    "https://mcp.exämple.com/",
    `https://mcp.example.com/${"a".repeat(2048)}`,
  ])("refuses %j and names the field", (text) => {
    expect(() => parseMcpServerUrl(text)).toThrow(BrokerError);
    expect(() => parseMcpServerUrl(text)).toThrow(/^mcp_server_url: /);
  });
});
