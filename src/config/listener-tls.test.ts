import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tlsFile } from "../../test/server/tls-files.ts";
import { ACME, load, problemsOf, refusedVariables } from "../../test/support/load-config.ts";

const folder = mkdtempSync(join(tmpdir(), "token-broker-listener-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const GOOD = {
  BROKER_RPC_TLS_CERT_FILE: tlsFile("server-one.pem"),
  BROKER_RPC_TLS_KEY_FILE: tlsFile("server-one.key.pem"),
};

describe("TLS of the listeners", () => {
  it("is what the files say", () => {
    const alpha = tlsFile("alpha-authority.pem");
    const beta = tlsFile("beta-authority.pem");
    const { config } = load({
      ...GOOD,
      BROKER_RPC_TLS_CLIENT_CA_FILE: `alpha.example=${alpha}, beta.example=${beta}`,
    });
    expect(config.rpcTls).toEqual({
      certFile: GOOD.BROKER_RPC_TLS_CERT_FILE,
      keyFile: GOOD.BROKER_RPC_TLS_KEY_FILE,
      clientBundles: [
        { trustDomain: "alpha.example", path: alpha },
        { trustDomain: "beta.example", path: beta },
      ],
    });
    expect(config.httpTls).toBeUndefined();
  });

  it.each<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      "a certificate alone",
      { BROKER_RPC_TLS_CERT_FILE: GOOD.BROKER_RPC_TLS_CERT_FILE },
      "BROKER_RPC_TLS_KEY_FILE",
    ],
    ["a key alone", { BROKER_HTTP_TLS_KEY_FILE: GOOD.BROKER_RPC_TLS_KEY_FILE }, "BROKER_HTTP_TLS_CERT_FILE"],
    [
      "another key",
      { ...GOOD, BROKER_RPC_TLS_KEY_FILE: tlsFile("server-two.key.pem") },
      "BROKER_RPC_TLS_KEY_FILE",
    ],
    [
      "a key for a certificate",
      { ...GOOD, BROKER_RPC_TLS_CERT_FILE: tlsFile("server-one.key.pem") },
      "BROKER_RPC_TLS_CERT_FILE",
    ],
    [
      "a certificate for a key",
      { ...GOOD, BROKER_RPC_TLS_KEY_FILE: tlsFile("server-one.pem") },
      "BROKER_RPC_TLS_KEY_FILE",
    ],
    [
      "a file that is not there",
      { ...GOOD, BROKER_RPC_TLS_KEY_FILE: join(folder, "absent") },
      "BROKER_RPC_TLS_KEY_FILE",
    ],
    [
      "a bundle of no trust domain",
      { ...GOOD, BROKER_RPC_TLS_CLIENT_CA_FILE: tlsFile("alpha-authority.pem") },
      "BROKER_RPC_TLS_CLIENT_CA_FILE",
    ],
    [
      "a bundle of no authorities",
      { ...GOOD, BROKER_RPC_TLS_CLIENT_CA_FILE: `alpha.example=${tlsFile("alpha.pem")}` },
      "BROKER_RPC_TLS_CLIENT_CA_FILE",
    ],
    [
      "a bundle of nothing",
      { ...GOOD, BROKER_RPC_TLS_CLIENT_CA_FILE: `alpha.example=${write("empty", "")}` },
      "BROKER_RPC_TLS_CLIENT_CA_FILE",
    ],
    [
      "a trust domain twice",
      { ...GOOD, BROKER_RPC_TLS_CLIENT_CA_FILE: "a=/x,a=/y" },
      "BROKER_RPC_TLS_CLIENT_CA_FILE",
    ],
  ])("is refused with %s", (_, environment, variable) => {
    expect(refusedVariables(environment)).toEqual([variable]);
  });

  it("is missed off loopback, and its end is told", () => {
    const keys = write("keys", `service ${"0".repeat(64)}\n`);
    const off = { BROKER_RPC_ADDR: "0.0.0.0:8080", BROKER_API_KEYS_FILE: keys, BROKER_MODE: "development" };
    const warning = expect.stringContaining("in clear");
    expect(load(off).warnings).toContainEqual(warning);
    expect(load({ ...off, ...GOOD }).warnings).not.toContainEqual(warning);
    const ended = {
      BROKER_RPC_TLS_CERT_FILE: tlsFile("ended.pem"),
      BROKER_RPC_TLS_KEY_FILE: tlsFile("ended.key.pem"),
    };
    expect(load(ended).warnings).toContainEqual(expect.stringContaining("a certificate that ended on"));
  });
});

describe("BROKER_EGRESS_PROXY", () => {
  it("is a secret, from its file as well, and says what it refuses", () => {
    const url = "http://user:pass%40word@proxy.example:3128";
    const path = write("proxy", `${url}\n`);
    chmodSync(path, 0o600);
    for (const environment of [{ BROKER_EGRESS_PROXY: url }, { BROKER_EGRESS_PROXY_FILE: path }]) {
      const { proxy } = load({ ...environment, BROKER_EGRESS_PROXY_BLOCKS_PRIVATE: "true" }).config.egress;
      expect([proxy?.url.reveal(), JSON.stringify(proxy)]).toEqual([
        url,
        '{"url":"[secret]","blocksPrivate":true}',
      ]);
    }
    expect(load({ BROKER_EGRESS_PROXY_BLOCKS_PRIVATE: "true" }).warnings).toContainEqual(
      expect.stringContaining("no effect"),
    );
  });

  it.each([
    "proxy.example:3128",
    "https://proxy.example:3128",
    "socks5://proxy.example",
    "http://proxy.example/path",
    "http://proxy.example/?a=b",
    "http://user:%zz@proxy.example",
    "http://a%0d%0ab:c@proxy.example",
  ])("is not %s", (url) => {
    const [problem, ...others] = problemsOf({ BROKER_EGRESS_PROXY: url });
    expect([problem?.variable, others]).toEqual(["BROKER_EGRESS_PROXY", []]);
    expect(JSON.stringify(problem)).not.toContain(url);
  });
});

describe("CONNECT_{NAME}_CLIENT_SECRET_EXPIRES_AT", () => {
  it.each([
    ["2027-01-31", "2027-01-31T00:00:00.000Z"],
    ["2027-01-31T12:30:00+02:00", "2027-01-31T10:30:00.000Z"],
  ])("may be %s", (text, expected) => {
    const { registrations } = load({ ...ACME, CONNECT_ACME_CLIENT_SECRET_EXPIRES_AT: text }).config;
    expect(registrations[0]?.clientSecretExpiresAt?.toISOString()).toBe(expected);
  });

  it.each(["soon", "31.01.2027", "2027-02-31", "2027-13-01", "2027", "1800000000"])("is not %s", (text) => {
    expect(refusedVariables({ ...ACME, CONNECT_ACME_CLIENT_SECRET_EXPIRES_AT: text })).toEqual([
      "CONNECT_ACME_CLIENT_SECRET_EXPIRES_AT",
    ]);
  });
});
