import identity from "./data/identity.json" with { type: "json" };
import type { ProviderFacts } from "./schema.ts";

const files: readonly { readonly providers: unknown }[] = [identity];

/**
 * Every catalog entry by its name. The lint test has checked the files against the schema, so nothing is validated here; a Map, so that a name
 * such as `__proto__` or `constructor` is simply absent.
 */
export const catalog: ReadonlyMap<string, ProviderFacts> = new Map(
  files
    .flatMap(({ providers }) => providers as ProviderFacts[])
    .map((facts) => [facts.name, deepFreeze(facts)]),
);

export const findTemplate = (name: string): ProviderFacts | undefined => catalog.get(name);

/** In alphabetical order. */
export const templateNames = (): string[] => [...catalog.keys()].toSorted();

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
