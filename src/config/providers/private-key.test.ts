import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { load, problemsOf, refusedVariables } from "../../../test/support/load-config.ts";
import { findTemplate } from "../../catalog/index.ts";
import { BrokerError } from "../../errors.ts";
import { defineRegistration } from "./define-registration.ts";

const PEM = { type: "pkcs8", format: "pem" } as const;
const ecKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(PEM).toString();
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(PEM).toString();

/** The catalog's one entry whose client signs with RSA. */
const SIGNING = { CONNECT_REVOLUT_BUSINESS_CLIENT_ID: "client" };

const secretOf = (environment: Record<string, string>): string | undefined =>
  load(environment)
    .config.registrations.find(({ name }) => name === "revolut-business")
    ?.clientSecret?.reveal();

describe("a private key from RPC", () => {
  const define = (clientSecret: string) =>
    defineRegistration(
      { name: "bank", template: "revolut-business", clientId: "client", clientSecret },
      { source: "rpc", namespace: "default", id: "rpc:1" },
    );

  it("is the client secret, in one line", () => {
    const oneLine = key.replaceAll("\n", String.raw`\n`);
    expect(define(oneLine).clientSecret?.reveal()).toBe(oneLine);
  });

  it("is refused by the contract's name where it is none", () => {
    const refusal = (): unknown => {
      try {
        return define("hunter2");
      } catch (error) {
        return error instanceof BrokerError ? error.fieldViolations : error;
      }
    };
    expect(refusal()).toMatchObject([
      { field: "client_secret", description: expect.stringMatching(/no private key in PEM/) },
    ]);
  });
});

describe("CONNECT_{NAME}_PRIVATE_KEY", () => {
  it("has a provider to speak of", () => {
    expect(findTemplate("revolut-business")?.clientAuthentication).toMatchObject({
      method: "private_key_jwt",
      jwt: { algorithm: "RS256" },
    });
  });

  it.each([
    ["PRIVATE_KEY", key],
    ["CLIENT_SECRET", key],
    ["PRIVATE_KEY", key.replaceAll("\n", String.raw`\n`)],
  ])("is the secret of a provider that takes signed tokens (%s)", (setting, value) => {
    const secret = secretOf({ ...SIGNING, [`CONNECT_REVOLUT_BUSINESS_${setting}`]: value });
    expect(secret).toBe(value.trim());
  });

  it("comes from a file as well", () => {
    const file = join(mkdtempSync(join(tmpdir(), "token-broker-key-")), "key.p8");
    writeFileSync(file, key);
    expect(secretOf({ ...SIGNING, CONNECT_REVOLUT_BUSINESS_PRIVATE_KEY_FILE: file })).toBe(key.trim());
  });

  it.each([
    ["a key of another kind", "PRIVATE_KEY", ecKey, "is no key for RS256"],
    ["no key", "PRIVATE_KEY", "hunter2hunter2", "is no private key in PEM"],
    ["no key under the other name", "CLIENT_SECRET", "hunter2hunter2", "is no private key in PEM"],
  ])("refuses %s by its own name, and shows nothing of it", (_, setting, value, problem) => {
    const variable = `CONNECT_REVOLUT_BUSINESS_${setting}`;
    const problems = problemsOf({ ...SIGNING, [variable]: value });
    expect(problems).toMatchObject([{ variable, problem }]);
    expect(JSON.stringify(problems)).not.toContain(value.slice(0, 40));
  });

  it("is asked for where it is missing", () => {
    const { warnings } = load(SIGNING);
    expect(warnings.join("\n")).toContain("CONNECT_REVOLUT_BUSINESS_PRIVATE_KEY is missing");
  });

  it("is not given twice", () => {
    const both = { CONNECT_REVOLUT_BUSINESS_PRIVATE_KEY: key, CONNECT_REVOLUT_BUSINESS_CLIENT_SECRET: key };
    expect(refusedVariables({ ...SIGNING, ...both })).toEqual(["CONNECT_REVOLUT_BUSINESS_PRIVATE_KEY"]);
  });

  it("is no secret of a provider that issues one", () => {
    const github = { CONNECT_GITHUB_CLIENT_ID: "id", CONNECT_GITHUB_PRIVATE_KEY: key };
    expect(problemsOf(github)).toMatchObject([
      { variable: "CONNECT_GITHUB_PRIVATE_KEY", problem: expect.stringContaining("takes a client secret") },
    ]);
  });
});
