import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { doubtAbout, standsOnCatalog } from "./doubt.ts";
import { plainDefinition } from "./plain-definition.ts";
import type { ProviderFacts } from "./schema.ts";
import { catalog } from "./templates.ts";

const firstOf = (confidence: ProviderFacts["confidence"]): ProviderFacts => {
  const found = [...catalog.values()].find((facts) => facts.confidence === confidence);
  if (!found) throw new Error(`the catalog has no ${confidence} entry`);
  return found;
};

const doubt = (facts: ProviderFacts, urls: { authorizeUrl?: string; tokenUrl?: string } = {}) =>
  doubtAbout({ ...completeDefinition(facts), ...urls }, facts.name);

describe("doubtAbout", () => {
  it.each(["single-source", "contested"] as const)(
    "names the sources of a %s entry and what is at stake",
    (confidence) => {
      const facts = firstOf(confidence);
      const found = doubt(facts);
      expect(found?.confidence).toBe(confidence);
      for (const text of [
        ...facts.sources,
        ...(facts.findings ?? []),
        "client secret",
        facts.docsUrl ?? "vendor's documentation",
      ])
        expect(found?.text).toContain(text);
    },
  );

  it("says who names another endpoint, and why this one was chosen", () => {
    const [facts] = [...catalog.values()].filter(
      ({ confidence, contested = [] }) =>
        confidence === "contested" &&
        contested.some(({ fact, others }) => fact === "tokenUrl" && others.length > 0),
    );
    if (!facts) throw new Error("the catalog has no contested token endpoint");
    const contested = facts.contested?.find(({ fact }) => fact === "tokenUrl");
    const text = doubt(facts)?.text;
    expect(text).toContain(contested?.others[0]?.value);
    expect(text).toContain(contested?.reason);
  });

  it("has nothing to say about confirmed facts and about an operator's own", () => {
    expect(doubt(firstOf("confirmed"))).toBeUndefined();
    const own = plainDefinition({
      name: "acme",
      authorizeUrl: "https://a.example/a",
      tokenUrl: "https://a.example/t",
    });
    expect(doubtAbout(own, "")).toBeUndefined();
  });

  it("ends where the operator gives both endpoints, and not before", () => {
    const facts = firstOf("single-source");
    const own = { authorizeUrl: "https://own.example/a", tokenUrl: "https://own.example/t" };
    expect(doubt(facts, own)).toBeUndefined();
    expect(doubt(facts, { tokenUrl: own.tokenUrl })?.text).toContain("client secret");
    expect(doubt(firstOf("unverified"), own)?.text).not.toContain("client secret");
  });

  it("knows whose endpoints are used", () => {
    const facts = firstOf("confirmed");
    expect(standsOnCatalog(completeDefinition(facts), facts.name)).toBe(true);
    expect(standsOnCatalog(completeDefinition(facts), "")).toBe(false);
    expect(standsOnCatalog(completeDefinition(firstOf("unverified")), firstOf("unverified").name)).toBe(
      false,
    );
  });
});
