import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { catalog, type ProviderFacts } from "../../src/catalog/index.ts";
import { outcomes, reportOf } from "./verify-fixture.ts";

const PEM = { type: "pkcs8", format: "pem" } as const;
const KEYS = {
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(PEM).toString(),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(PEM).toString(),
  ES384: generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export(PEM).toString(),
  EdDSA: generateKeyPairSync("ed25519").privateKey.export(PEM).toString(),
};

const secretFor = ({ clientAuthentication: { method, jwt } }: ProviderFacts): string | undefined => {
  if (method === "none") return undefined;
  if (jwt === undefined) return "secret";
  return jwt.algorithm === "PS256" ? KEYS.RS256 : KEYS[jwt.algorithm];
};

const examplesOf = ({ variables = {} }: ProviderFacts): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, { example }]) => [name, example]));

const withEndpoints = [...catalog.values()].filter(({ authorizeUrl, tokenUrl }) => authorizeUrl && tokenUrl);

describe("verify", () => {
  it("reports about every entry of the catalog, with its example values, whatever the network does", async () => {
    const asked = new Set<string>();
    const resolve = (host: string) => {
      asked.add(host);
      return Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }));
    };
    const unexpected: string[] = [];
    for (const facts of withEndpoints) {
      const input = { template: facts.name, clientSecret: secretFor(facts), values: examplesOf(facts) };
      const found = outcomes(await reportOf({ input, egress: { resolve } }));
      const isConfirmed = facts.confidence === "confirmed";
      const isRight =
        found.token_endpoint ===
          (facts.tokenUrl?.includes("{token_host}") ? "not_checked: needs_login" : "failed: unknown_host") &&
        found.authorization_endpoint === "failed: unknown_host" &&
        found.redirect_uri === "not_checked: needs_login" &&
        (found.facts === "passed") === isConfirmed;
      if (!isRight) unexpected.push(`${facts.name}: ${JSON.stringify(found)}`);
    }
    expect(unexpected).toEqual([]);
    expect(asked.size).toBeGreaterThan(withEndpoints.length / 2);
  });
});
