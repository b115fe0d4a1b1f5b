import { describe, expect, it } from "vitest";
import { load } from "../../test/support/load-config.ts";

const warnings = (name: string, value = "1"): readonly string[] => load({ [name]: value }).warnings;

describe("a variable that nothing reads", () => {
  it.each([
    ["BROKER_REFRESH_AHEAD_SECOND", "BROKER_REFRESH_AHEAD_SECONDS"],
    ["BROKER_RCP_ADDR", "BROKER_RPC_ADDR"],
    ["CONNECT_STATE_TTL_SECS", undefined],
    ["CONNECT_GITHUB_CLIENTID", "CONNECT_GITHUB_CLIENT_ID"],
    ["CONNECT_GTIHUB_CLIENT_SECRET", "CONNECT_GITHUB_CLIENT_SECRET"],
    ["CONNECT_TOKEN_ENCRYPTION_KEYS", "CONNECT_TOKEN_ENCRYPTION_KEY"],
    ["BROKER_SOMETHING_ELSE_ALTOGETHER", undefined],
  ])("is warned about by name: %s", (name, meant) => {
    const [warning, ...others] = warnings(name);
    expect(others).toEqual([]);
    expect(warning).toContain(`${name} is not read by anything`);
    if (meant === undefined) expect(warning).not.toContain("did you mean");
    else expect(warning).toContain(`did you mean ${meant}?`);
  });

  it("of a provider points to CONNECT_PROVIDERS", () => {
    expect(warnings("CONNECT_WHATEVER_CLIENT_ID")[0]).toContain("CONNECT_PROVIDERS");
  });

  it("is a setting that this provider does not have", () => {
    expect(warnings("CONNECT_GITHUB_DOMAIN", "acme.example")[0]).toContain(
      "CONNECT_GITHUB_DOMAIN is not read by anything",
    );
  });

  it.each([
    ["BROKER_SERVICE_HOST", "10.0.0.1"],
    ["BROKER_SERVICE_PORT", "8080"],
    ["BROKER_SERVICE_PORT_HTTP", "8080"],
    ["BROKER_PORT", "tcp://10.0.0.1:8080"],
    ["BROKER_PORT_8080_TCP", "tcp://10.0.0.1:8080"],
    ["BROKER_PORT_8080_TCP_ADDR", "10.0.0.1"],
    ["BROKER_PORT_53_UDP_PROTO", "udp"],
    ["CONNECT_DB_SERVICE_HOST", "10.0.0.2"],
  ])("is not what Kubernetes sets for a service: %s", (name, value) => {
    expect(warnings(name, value)).toEqual([]);
  });

  it("is BROKER_PORT with a number, which somebody meant", () => {
    expect(warnings("BROKER_PORT", "8080")).toHaveLength(1);
  });

  it("is nobody else's", () => {
    expect(load({ PATH: "/bin", GITHUB_TOKEN: "x", MY_BROKER_URL: "x" }).warnings).toEqual([]);
  });
});
