import { describe, expect, it } from "vitest";
import { catalog, completeDefinition } from "../../src/catalog/index.ts";
import { credentialsFor, credentialsForEveryProvider } from "../support/every-provider.ts";
import { load } from "../support/load-config.ts";

describe("the whole catalog", () => {
  it("is activated by an id and a secret each, with the variables that are required", () => {
    const { config } = load(credentialsForEveryProvider());
    expect(config.registrations.map(({ name }) => name)).toEqual([...catalog.keys()].toSorted());
  });

  it("needs nothing but an id and a secret where no variable is required", () => {
    const plain = [...catalog.values()].filter(
      (facts) =>
        facts.tokenUrl !== undefined &&
        Object.values(completeDefinition(facts).variables).every(
          (variable) => variable.default !== undefined,
        ),
    );
    for (const facts of plain) expect(Object.keys(credentialsFor(facts))).toHaveLength(2);
    console.info(`catalog: ${plain.length} of ${catalog.size} providers need an id and a secret only`);
    expect(plain.length).toBeGreaterThan(600);
  });
});
