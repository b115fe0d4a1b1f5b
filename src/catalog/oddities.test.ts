import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { odditiesOf } from "./oddities.ts";
import { plainDefinition } from "./plain-definition.ts";
import { catalog } from "./templates.ts";

const said = (name: string): string => {
  const facts = catalog.get(name);
  if (!facts) throw new Error(`${name} is not in the catalog`);
  return odditiesOf(completeDefinition(facts)).join("\n");
};

describe("odditiesOf", () => {
  it("has nothing to say about a provider that follows the RFCs, but that it cannot revoke", () => {
    const plain = plainDefinition({
      name: "p",
      authorizeUrl: "https://p.example/a",
      tokenUrl: "https://p.example/t",
    });
    expect(odditiesOf(plain)).toEqual([
      "No revocation endpoint is known: a revoked grant ends in the broker only.",
    ]);
  });

  it.each([
    ["shopify", /Scopes are separated by ","/],
    ["google", /authorization request has .*access_type/],
    ["notion", /token request's body is JSON/],
    ["slack", /Errors come with status 200/],
    ["apple", /secret is a JWT \(ES256\)/],
    ["tiktok-personal", /client_id as client_key/],
    ["facebook", /exchanged at once for a long-lived one/],
  ])("tells of %s", (name, sentence) => {
    expect(said(name)).toMatch(sentence);
  });

  it("says whole sentences about every entry", () => {
    for (const name of catalog.keys())
      for (const sentence of said(name).split("\n").filter(Boolean)) {
        expect(sentence).toMatch(/^[A-Z].*[^ ,]\.$/s);
        expect(sentence).not.toMatch(/undefined|\[object|\s{2}|: \.$|has besides/);
      }
  });
});
