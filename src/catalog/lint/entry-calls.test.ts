import { describe, expect, it } from "vitest";
import { completeDefinition } from "../definition.ts";
import type { ProviderFacts } from "../schema.ts";
import { lintCalls } from "./entry-calls.ts";

const entry: ProviderFacts = {
  name: "acme",
  displayName: "Acme",
  category: "crm",
  confidence: "confirmed",
  sources: ["one", "two"],
  reviewed: "2026-11",
  authorizeUrl: "https://acme.com/authorize",
  tokenUrl: "https://acme.com/token",
  pkce: "s256",
  clientAuthentication: { method: "client_secret_post" },
  scopes: { default: ["read"] },
};

const lint = (changes: Partial<ProviderFacts>): string[] =>
  lintCalls(completeDefinition({ ...entry, ...changes }));

const asked = { name: "id", from: "call", url: "https://api.acme.com/me", path: "id" } as const;

describe("lintCalls", () => {
  it("accepts what can come off", () => {
    expect(lint({})).toEqual([]);
    expect(lint({ metadata: [asked], usage: { apiBaseUrl: "https://api.acme.com/v2" } })).toEqual([]);
    expect(
      lint({
        metadata: [asked],
        tokenRequest: { headers: { "X-Id": "{metadata.id}" } },
        usage: { allowedOrigins: ["https://api.acme.com"] },
      }),
    ).toEqual([]);
  });

  it.each<[string, Partial<ProviderFacts>, RegExp]>([
    ["a call at a host without a use", { metadata: [asked] }, /usage does not name its host/],
    [
      "a call at another host",
      { metadata: [asked], usage: { apiBaseUrl: "https://other.acme.com" } },
      /usage does not name its host/,
    ],
    [
      "a signature that nobody describes",
      { clientAuthentication: { method: "private_key_jwt" } },
      /jwt belong together/,
    ],
    [
      "a description of no signature",
      { clientAuthentication: { method: "client_secret_post", jwt: { algorithm: "ES256" } } },
      /jwt belong together/,
    ],
    ["a dropped state", { authorizeRequest: { drop: ["state"] } }, /state must come back/],
    ["a renamed state", { authorizeRequest: { rename: { state: "custom" } } }, /state must come back/],
    [
      "a header of something that is not kept",
      { tokenRequest: { headers: { "X-Seller": "{metadata.seller}" } } },
      /stands for nothing/,
    ],
  ])("reports %s", (_, changes, problem) => {
    expect(lint(changes).join("\n")).toMatch(problem);
  });
});
