import { describe, expect, it } from "vitest";
import { BrokerError } from "../errors.ts";
import type { Trust } from "./client.ts";
import { type EgressRules, isInReach, reachOf } from "./egress-policy.ts";

const closed: EgressRules = { allow: [], insecureLoopback: [], protectedPorts: [] };

const judge = (url: string, trust: Trust, rules: Partial<EgressRules> = {}): string => {
  try {
    return reachOf({ ...closed, ...rules }, new URL(url), trust);
  } catch (error) {
    if (error instanceof BrokerError && error.code === "EGRESS_DENIED") return "denied";
    throw error;
  }
};

describe("reachOf", () => {
  it.each([
    ["https://idp.example/token", "public", "private"],
    ["https://idp.example:443/token", "public", "private"],
    ["https://idp.example:8443/token", "denied", "private"],
    ["http://idp.example/token", "denied", "denied"],
    ["ftp://idp.example/token", "denied", "denied"],
    ["file:///etc/passwd", "denied", "denied"],
    ["https://user@idp.example/", "denied", "denied"],
    ["https://user:password@idp.example/", "denied", "denied"],
    ["https://8.8.8.8/", "public", "private"],
    ["https://10.0.0.5/", "denied", "private"],
    ["https://[fd00::5]/", "denied", "private"],
    ["https://[::ffff:10.0.0.5]/", "denied", "private"],
    ["https://100.64.0.5/", "denied", "private"],
    ["https://169.254.169.254/", "denied", "denied"],
    ["https://[fd00:ec2::254]/", "denied", "denied"],
    ["https://[fe80::1]/", "denied", "denied"],
    ["https://0.0.0.0/", "denied", "denied"],
    ["https://[::]/", "denied", "denied"],
    ["https://127.0.0.1/", "denied", "denied"],
    ["https://0x7f.1/", "denied", "denied"],
    ["https://2130706433/", "denied", "denied"],
    ["https://0177.0.0.1/", "denied", "denied"],
    ["https://①②⑦.⓪.⓪.①/", "denied", "denied"],
    ["https://127.0.0.1./", "denied", "denied"],
    ["https://[::1]/", "denied", "denied"],
    ["https://[::ffff:7f00:1]/", "denied", "denied"],
    ["https://[::7f00:1]/", "denied", "denied"],
    ["https://[64:ff9b::7f00:1]/", "denied", "denied"],
    ["https://[2002:7f00:1::]/", "denied", "denied"],
  ])("%s may reach %s addresses for a user and %s for the operator", (url, user, operator) => {
    expect([judge(url, "user"), judge(url, "operator")]).toEqual([user, operator]);
  });

  it.each([
    ["https://idp.internal/", "private"],
    ["https://IDP.internal/", "private"],
    ["https://idp.internal:8443/", "private"],
    ["https://sso.internal:8443/", "private"],
    ["https://sso.internal/", "public"],
    ["https://sso.internal:9443/", "denied"],
    ["https://10.1.2.3/", "private"],
    ["https://[fd00::5]:8443/", "private"],
    ["https://169.254.169.254/", "denied"],
    ["http://idp.internal/", "denied"],
    ["https://x.idp.internal/", "public"],
    ["https://idp.internal.evil.example/", "public"],
  ])("%s reaches %s when the operator allows some hosts", (url, expected) => {
    const allow = ["Idp.Internal", "sso.internal:8443", "10.1.2.3", "[fd00::5]:8443", "169.254.169.254"];
    expect(judge(url, "user", { allow })).toBe(expected);
  });

  it.each([
    ["http://localhost:9000/", "loopback"],
    ["http://127.0.0.1:9000/", "loopback"],
    ["http://127.8.8.8:9000/", "loopback"],
    ["http://[::1]:9000/", "loopback"],
    ["http://idp.localhost:9000/", "loopback"],
    ["https://localhost:9443/", "loopback"],
    ["http://localhost/", "loopback"],
    ["http://localhost:8080/", "denied"],
    ["http://127.0.0.1:5432/", "denied"],
    ["http://localhost.evil.example:9000/", "denied"],
    ["http://idp.internal:9000/", "denied"],
    ["http://10.0.0.1:9000/", "denied"],
    ["http://0.0.0.0:9000/", "denied"],
  ])("%s is %s when every loopback port but the protected ones is open", (url, expected) => {
    const rules = { insecureLoopback: "all", protectedPorts: [8080, 5432] } as const;
    expect([judge(url, "user", rules), judge(url, "operator", rules)]).toEqual([expected, expected]);
  });

  it.each([
    ["http://localhost:9000/", "loopback"],
    ["http://idp.test:9443/", "loopback"],
    ["https://idp.test:9443/", "loopback"],
    ["http://localhost:9001/", "denied"],
    ["http://127.0.0.1:9000/", "denied"],
    ["http://10.0.0.1:9000/", "denied"],
  ])("%s is %s when single loopback services are listed", (url, expected) => {
    const insecureLoopback = ["localhost:9000", "idp.test:9443", "10.0.0.1:9000"];
    expect(judge(url, "user", { insecureLoopback })).toBe(expected);
  });

  it("says which setting would allow it and no address", () => {
    const message = (url: string): string => {
      try {
        return reachOf(closed, new URL(url), "user");
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
    };
    expect(message("https://idp.example:8443/token?secret")).toBe(
      "idp.example is not called: only port 443 is allowed (others: BROKER_EGRESS_ALLOW)",
    );
    expect(message("https://10.0.0.5/")).toMatch(/BROKER_EGRESS_ALLOW/);
    expect(message("http://idp.example/")).toMatch(/BROKER_ALLOW_INSECURE_LOOPBACK/);
  });
});

describe("isInReach", () => {
  it.each([
    ["public", [true, false, false, false]],
    ["private", [true, true, false, false]],
    ["loopback", [false, false, true, false]],
  ] as const)("%s reaches the public, private, loopback and metadata address: %j", (reach, expected) => {
    const addresses = ["8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254"];
    expect(addresses.map((address) => isInReach(reach, address))).toEqual(expected);
  });
});
