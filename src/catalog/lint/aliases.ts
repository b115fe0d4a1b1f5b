import type { Entry } from "./environment-names.ts";

/** A name that a search finds belongs to one entry: no alias is another entry's name or alias, in any spelling. */
export const lintAliases = (entries: readonly Entry[]): string[] => {
  const owners = new Map(entries.map(({ facts, place }) => [plain(facts.name), place]));
  const problems: string[] = [];
  for (const { facts, place } of entries) {
    for (const alias of facts.aliases ?? []) {
      const owner = owners.get(plain(alias));
      if (owner === undefined) owners.set(plain(alias), place);
      else problems.push(`${place}: the alias ${alias} belongs to ${owner} already`);
    }
  }
  return problems;
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
