import { describe, expect, it } from "vitest";
import type { BearerChallenge } from "./challenge.ts";
import { type ScopeSources, selectScopes } from "./scopes.ts";

const NOTHING: ScopeSources = {
  asked: [],
  challenge: undefined,
  ofResource: undefined,
  ofServer: undefined,
  before: [],
};
const challenge = (...scopes: string[]): BearerChallenge => ({
  resourceMetadata: undefined,
  error: undefined,
  scopes: scopes.length > 0 ? scopes : undefined,
});

describe("selectScopes", () => {
  it.each<[string, Partial<ScopeSources>, string[]]>([
    ["nothing where nobody says anything", {}, []],
    ["what the resource lists", { ofResource: ["a", "b"] }, ["a", "b"]],
    ["nothing of what the server lists", { ofServer: ["a", "b"] }, []],
    ["the challenge's before the resource's", { challenge: challenge("c"), ofResource: ["a"] }, ["c"]],
    ["the resource's where the challenge names none", { challenge: challenge(), ofResource: ["a"] }, ["a"]],
    ["nothing where the resource lists none", { ofResource: [] }, []],
    ["the caller's before all", { asked: ["x"], challenge: challenge("c"), ofResource: ["a"] }, ["x"]],
    ["each once", { asked: ["x", "y", "x"], before: ["y"] }, ["y", "x"]],
    ["what was granted before, too", { before: ["old"], challenge: challenge("c", "old") }, ["old", "c"]],
    ["what was granted before alone", { before: ["old"] }, ["old"]],
    ["nothing that is no scope", { ofResource: ["ok", "", "a b", 'q"', "é", "x".repeat(513)] }, ["ok"]],
  ])("asks for %s", (_, sources, scopes) => {
    expect(selectScopes({ ...NOTHING, ...sources })).toEqual(scopes);
  });

  it.each<[string, Partial<ScopeSources>, string[]]>([
    [
      "where the server lists it",
      { ofResource: ["a"], ofServer: ["offline_access"] },
      ["a", "offline_access"],
    ],
    ["not where the server does not", { ofResource: ["a", "offline_access"], ofServer: ["a"] }, ["a"]],
    ["not where the server lists nothing", { challenge: challenge("a", "offline_access") }, ["a"]],
    [
      "once, and last",
      { ofResource: ["offline_access", "a"], ofServer: ["offline_access"] },
      ["a", "offline_access"],
    ],
    ["not alone", { ofServer: ["offline_access"] }, []],
    ["not where the caller chose without it", { asked: ["a"], ofServer: ["offline_access"] }, ["a"]],
    [
      "where the caller chose it",
      { asked: ["a", "offline_access"], ofServer: ["offline_access"] },
      ["a", "offline_access"],
    ],
    ["not where the caller chose it in vain", { asked: ["a", "offline_access"], ofServer: [] }, ["a"]],
    [
      "where it was granted before",
      { asked: ["b"], before: ["a", "offline_access"], ofServer: ["offline_access"] },
      ["a", "b", "offline_access"],
    ],
  ])("asks for a refresh token %s", (_, sources, scopes) => {
    expect(selectScopes({ ...NOTHING, ...sources })).toEqual(scopes);
  });

  it("asks for at most 200", () => {
    const many = Array.from({ length: 200 }, (_, index) => `s${index}`);
    expect(selectScopes({ ...NOTHING, ofResource: many })).toEqual(many);
    expect(() => selectScopes({ ...NOTHING, ofResource: many, before: ["one-more"] })).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        fieldViolations: [expect.objectContaining({ field: "scopes" })],
      }),
    );
  });
});
