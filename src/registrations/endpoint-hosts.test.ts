import { describe, expect, it } from "vitest";
import { defineRegistration } from "../config/index.ts";
import { endpointHosts, isSameParty } from "./endpoint-hosts.ts";

const BY = { source: "rpc", namespace: "default", id: "rpc:1" } as const;

describe("endpointHosts", () => {
  it("names each host of the endpoints once, without ports", () => {
    const registration = defineRegistration(
      {
        name: "acme",
        clientId: "c",
        clientSecret: "s",
        authorizeUrl: "https://login.acme.example/authorize",
        tokenUrl: "https://api.acme.example:8443/token",
        revokeUrl: "https://api.acme.example:8443/revoke",
      },
      BY,
    );
    expect(endpointHosts(registration)).toEqual(["api.acme.example", "login.acme.example"]);
  });

  it("fills in what the registration fixes", () => {
    const input = { name: "desk", template: "zendesk", clientId: "c", clientSecret: "s" };
    const fixed = defineRegistration({ ...input, values: { subdomain: "acme" } }, BY);
    expect(endpointHosts(fixed)).toEqual(["acme.zendesk.com"]);
  });

  it("keeps the placeholder of what each connection gives itself", () => {
    const shop = defineRegistration(
      { name: "shop", template: "shopify", clientId: "c", clientSecret: "s" },
      BY,
    );
    const hosts = endpointHosts(shop);
    expect(hosts).toHaveLength(1);
    expect(hosts[0]).toMatch(/^\{\w+\}\.myshopify\.com$/);
  });
});

describe("isSameParty", () => {
  it.each([
    [["auth.acme.example"], ["auth.acme.example"], true],
    [["auth.acme.example"], ["eu.auth.acme.example"], true],
    [["eu.auth.acme.example"], ["auth.acme.example"], true],
    [["a.example", "b.example"], ["b.example"], true],
    [["auth.acme.example"], ["api.acme.example"], false],
    [["auth.acme.example"], ["auth.acme.example", "evil.example"], false],
    [["acme.example"], ["notacme.example"], false],
    [["tenant-a.saas.example"], ["tenant-b.saas.example"], false],
    [["localhost"], ["evil.localhost"], false],
    [["127.0.0.1"], ["127.0.0.2"], false],
  ])("from %j to %j is %s", (before, after, same) => {
    expect(isSameParty(before, after)).toBe(same);
  });
});
