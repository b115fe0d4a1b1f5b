import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canary } from "../../../test/support/canaries.ts";
import { load, problemsOf, refusedVariables } from "../../../test/support/load-config.ts";

const ACME = {
  BROKER_MCP_CLIENTS: "acme",
  BROKER_MCP_CLIENT_ACME_ISSUER: "https://as.test",
  BROKER_MCP_CLIENT_ACME_CLIENT_ID: "c-1",
};
const pemOf = (curve: string): string =>
  generateKeyPairSync("ec", { namedCurve: curve })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
const KEY = pemOf("P-256");

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-clients-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

const clients = (more: Readonly<Record<string, string>> = {}) =>
  load({ ...ACME, ...more }).config.mcp.clients;
const prefixed = (settings: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([suffix, value]) => [`BROKER_MCP_CLIENT_ACME_${suffix}`, value]),
  );
const refusedOf = (settings: Readonly<Record<string, string>>): string[] =>
  refusedVariables({ ...ACME, ...prefixed(settings) }).map((variable) =>
    variable.replace("BROKER_MCP_CLIENT_ACME_", ""),
  );

describe("clients of BROKER_MCP_CLIENTS", () => {
  it("are public by default", () => {
    expect(clients()).toEqual([
      {
        name: "acme",
        issuer: "https://as.test",
        clientId: "c-1",
        secret: undefined,
        method: undefined,
        signingAlgorithm: "ES256",
        keyId: "",
        grantTypes: ["authorization_code", "refresh_token"],
      },
    ]);
  });

  it("keep the issuer as it is spelled", () => {
    expect(clients(prefixed({ ISSUER: "https://as.test/tenant/" }))).toMatchObject([
      { issuer: "https://as.test/tenant/" },
    ]);
  });

  it("have a secret, by itself or in a file, without white space around it", () => {
    const secret = canary("mcp_client_secret");
    for (const settings of [
      { CLIENT_SECRET: secret },
      { CLIENT_SECRET: ` ${secret}\n` },
      { CLIENT_SECRET_FILE: file("secret", `${secret}\n`) },
    ]) {
      const [client] = clients(prefixed(settings));
      expect(client?.secret?.reveal()).toBe(secret);
      expect(JSON.stringify(client)).not.toContain(secret);
    }
  });

  it("sign, with a key by itself or in a file", () => {
    const settings = [
      { PRIVATE_KEY: KEY },
      { PRIVATE_KEY: KEY.replaceAll("\n", String.raw`\n`) },
      { PRIVATE_KEY_FILE: file("key.pem", KEY), TOKEN_ENDPOINT_AUTH_METHOD: "private_key_jwt" },
      { PRIVATE_KEY: pemOf("P-384"), SIGNING_ALGORITHM: "ES384", KEY_ID: "k-1" },
    ].map(prefixed);
    const found = settings.map((more) => clients(more)[0]);
    expect(found.map((client) => client?.method)).toEqual(Array.from({ length: 4 }, () => "private_key_jwt"));
    expect(found.every((client) => client?.secret?.reveal().includes("PRIVATE KEY"))).toBe(true);
    expect(found[3]).toMatchObject({ signingAlgorithm: "ES384", keyId: "k-1" });
  });

  it("are allowed the grant types that are listed", () => {
    const [client] = clients(
      prefixed({
        CLIENT_SECRET: "s",
        GRANT_TYPES: "client_credentials, urn:ietf:params:oauth:grant-type:jwt-bearer",
      }),
    );
    expect(client?.grantTypes).toEqual(["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]);
  });

  it("are several, each with its own variables", () => {
    const found = load({
      ...ACME,
      BROKER_MCP_CLIENTS: "acme, other-one",
      BROKER_MCP_CLIENT_OTHER_ONE_ISSUER: "https://as.test/",
      BROKER_MCP_CLIENT_OTHER_ONE_CLIENT_ID: "c-2",
    });
    expect(found.config.mcp.clients).toMatchObject([
      { name: "acme", clientId: "c-1" },
      { name: "other-one", clientId: "c-2", issuer: "https://as.test/" },
    ]);
    expect(found.warnings).toEqual([]);
  });

  it("have one issuer each, and one client for each issuer", () => {
    const twice = {
      ...ACME,
      BROKER_MCP_CLIENTS: "acme,b",
      BROKER_MCP_CLIENT_B_ISSUER: "https://as.test",
      BROKER_MCP_CLIENT_B_CLIENT_ID: "c-2",
    };
    expect(problemsOf(twice)).toMatchObject([
      { variable: "BROKER_MCP_CLIENT_B_ISSUER", cure: "keep one for each issuer" },
    ]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ["an issuer that is no URL", { ISSUER: "as.test" }, ["ISSUER"]],
    ["an issuer over http", { ISSUER: "http://as.test" }, ["ISSUER"]],
    ["an issuer with a query", { ISSUER: "https://as.test?x=1" }, ["ISSUER"]],
    ["a client id with a line break", { CLIENT_ID: "a\nb" }, ["CLIENT_ID"]],
    ["a secret with a line break", { CLIENT_SECRET: "a\nb" }, ["CLIENT_SECRET"]],
    ["an unknown method", { TOKEN_ENDPOINT_AUTH_METHOD: "tls_client_auth" }, ["TOKEN_ENDPOINT_AUTH_METHOD"]],
    [
      "a method that needs a secret, without one",
      { TOKEN_ENDPOINT_AUTH_METHOD: "client_secret_post" },
      ["CLIENT_SECRET"],
    ],
    [
      "the method none with a secret",
      { TOKEN_ENDPOINT_AUTH_METHOD: "none", CLIENT_SECRET: "s" },
      ["CLIENT_SECRET"],
    ],
    ["a signing method without a key", { TOKEN_ENDPOINT_AUTH_METHOD: "private_key_jwt" }, ["PRIVATE_KEY"]],
    ["a key that is no key", { PRIVATE_KEY: "nonsense" }, ["PRIVATE_KEY"]],
    ["a key of another curve", { PRIVATE_KEY: KEY, SIGNING_ALGORITHM: "ES384" }, ["PRIVATE_KEY"]],
    [
      "a key for a method that does not sign",
      { PRIVATE_KEY: KEY, TOKEN_ENDPOINT_AUTH_METHOD: "none" },
      ["PRIVATE_KEY"],
    ],
    ["an unknown algorithm", { PRIVATE_KEY: KEY, SIGNING_ALGORITHM: "HS256" }, ["SIGNING_ALGORITHM"]],
    ["an unknown grant type", { GRANT_TYPES: "authorization_code,implicit" }, ["GRANT_TYPES"]],
    ["a secret twice", { CLIENT_SECRET: "s", CLIENT_SECRET_FILE: "/nowhere" }, ["CLIENT_SECRET"]],
    ["a secret's file that is not there", { CLIENT_SECRET_FILE: "/nowhere/secret" }, ["CLIENT_SECRET_FILE"]],
    [
      "a secret's file that is not there, which is not missing besides",
      { CLIENT_SECRET_FILE: "/nowhere/secret", TOKEN_ENDPOINT_AUTH_METHOD: "client_secret_post" },
      ["CLIENT_SECRET_FILE"],
    ],
    [
      "a key's file that is not there, which is not missing besides",
      { PRIVATE_KEY_FILE: "/nowhere/key", TOKEN_ENDPOINT_AUTH_METHOD: "private_key_jwt" },
      ["PRIVATE_KEY_FILE"],
    ],
    ["a key's file that is not there", { PRIVATE_KEY_FILE: "/nowhere/key" }, ["PRIVATE_KEY_FILE"]],
    [
      "several mistakes",
      { ISSUER: "x", CLIENT_ID: "a\nb", GRANT_TYPES: "x" },
      ["ISSUER", "GRANT_TYPES", "CLIENT_ID"],
    ],
  ])("are refused for %s", (_, settings, variables) => {
    expect(refusedOf(settings)).toEqual(variables);
  });

  it("say what is missing", () => {
    expect(refusedVariables({ BROKER_MCP_CLIENTS: "acme" })).toEqual([
      "BROKER_MCP_CLIENT_ACME_ISSUER",
      "BROKER_MCP_CLIENT_ACME_CLIENT_ID",
    ]);
  });

  it.each(["Acme", "a b", "-a", "a/b", "a".repeat(64), "ä"])("have no name %j", (name) => {
    expect(refusedVariables({ BROKER_MCP_CLIENTS: name })).toEqual(["BROKER_MCP_CLIENTS"]);
  });

  it("never show a value that is refused", () => {
    const secret = canary("misplaced");
    for (const suffix of [
      "ISSUER",
      "CLIENT_ID",
      "CLIENT_SECRET",
      "PRIVATE_KEY",
      "TOKEN_ENDPOINT_AUTH_METHOD",
      "SIGNING_ALGORITHM",
      "GRANT_TYPES",
      "CLIENT_SECRET_FILE",
      "PRIVATE_KEY_FILE",
    ]) {
      const problems = problemsOf({ ...ACME, ...prefixed({ [suffix]: `${secret}\n\u0000` }) });
      expect(problems.map(({ variable }) => variable)).toContain(`BROKER_MCP_CLIENT_ACME_${suffix}`);
      expect(JSON.stringify(problems)).not.toContain(secret);
    }
  });

  it("warn of a variable that no client reads", () => {
    const { warnings } = load({ ...ACME, ...prefixed({ CLIENT_SECRETS: "x" }) });
    expect(warnings).toEqual([
      expect.stringContaining("BROKER_MCP_CLIENT_ACME_CLIENT_SECRETS is not read by anything"),
    ]);
  });
});
