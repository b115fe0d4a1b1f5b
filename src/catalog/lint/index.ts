import { catalogFile } from "../schema.ts";
import { lintEntry } from "./entry.ts";
import { lintEnvironmentNames, type Entry } from "./environment-names.ts";

/** A file of the catalog as it lies on disk. */
export interface CatalogText {
  readonly file: string;
  readonly text: string;
}

/**
 * Every mistake in the catalog's files, each as `file:line entry: what is wrong`. Empty means that the files may
 * be loaded unchecked.
 */
export const lintCatalog = (files: readonly CatalogText[]): string[] => {
  const read = files.map(readFile);
  const entries = read.flatMap((file) => file.entries);
  return [
    ...read.flatMap(({ problems }) => problems),
    ...entries.flatMap((entry) => lintEntry(entry.facts).map((problem) => `${entry.place}: ${problem}`)),
    ...lintEnvironmentNames(entries),
  ];
};

const readFile = ({ file, text }: CatalogText): { entries: Entry[]; problems: string[] } => {
  const json = parseJson(text);
  const parsed = catalogFile.safeParse(json);
  if (!parsed.success)
    return {
      entries: [],
      problems: parsed.error.issues.map((issue) => schemaProblem(file, text, json, issue)),
    };
  const { providers } = parsed.data;
  const entries = providers.map((facts) => ({
    facts,
    place: `${file}:${lineOf(text, facts.name)} ${facts.name}`,
  }));
  const category = file.replace(/\.json$/, "");
  const strays = entries.filter(({ facts }) => facts.category !== category);
  const names = providers.map(({ name }) => name);
  const sorted = names.join() === names.toSorted().join();
  return {
    entries,
    problems: [
      ...strays.map(({ place, facts }) => `${place}: belongs in ${facts.category}.json`),
      ...(sorted ? [] : [`${file}: entries are not in alphabetical order`]),
    ],
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const schemaProblem = (
  file: string,
  text: string,
  json: unknown,
  issue: { readonly path: readonly PropertyKey[]; readonly message: string },
): string => {
  const [, index, ...path] = issue.path;
  const providers = (json as { providers?: { name?: unknown }[] } | undefined)?.providers;
  const name = typeof index === "number" ? providers?.[index]?.name : undefined;
  const place = typeof name === "string" ? `${file}:${lineOf(text, name)} ${name}` : file;
  const field = path.length > 0 ? ` ${path.map(String).join(".")}` : "";
  return `${place}:${field} ${json === undefined ? "is not JSON" : issue.message}`;
};

const lineOf = (text: string, name: string): number =>
  text.slice(0, Math.max(0, text.indexOf(`"name": ${JSON.stringify(name)}`))).split("\n").length;
