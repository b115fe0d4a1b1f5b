import type { z } from "zod";
import { catalogFile } from "../schema.ts";
import { lintAliases } from "./aliases.ts";
import { lintEntry } from "./entry.ts";
import { lintEnvironmentNames, type Entry } from "./environment-names.ts";
import { jsonLines, pathKey } from "./json-lines.ts";

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
    ...lintAliases(entries),
  ];
};

interface Reading {
  readonly entries: Entry[];
  readonly problems: string[];
}

const readFile = ({ file, text }: CatalogText): Reading => {
  const json = parseJson(text);
  if (json === undefined) return { entries: [], problems: [`${file}: is not JSON`] };
  const lines = jsonLines(text);
  const parsed = catalogFile.safeParse(json);
  if (!parsed.success)
    return {
      entries: [],
      problems: parsed.error.issues.map((issue) => schemaProblem(file, lines, json, issue)),
    };
  const { providers } = parsed.data;
  const entries = providers.map((facts, index) => ({
    facts,
    place: `${file}:${lines[pathKey(["providers", index])]} ${facts.name}`,
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

type Lines = ReturnType<typeof jsonLines>;

/** In the line of the unknown field itself; in that of the entry where a field is missing. */
const schemaProblem = (file: string, lines: Lines, json: unknown, issue: z.core.$ZodIssue): string => {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const [, index, ...path] = issue.path;
  const providers = (json as { providers?: { name?: unknown }[] }).providers;
  const name = typeof index === "number" ? providers?.[index]?.name : undefined;
  const line = lineOf(lines, [...issue.path, ...unknown]);
  const entry = typeof name === "string" ? ` ${name}` : "";
  const field = path.length > 0 ? ` ${path.map(String).join(".")}` : "";
  return `${file}:${line}${entry}:${field} ${issue.message}`;
};

const lineOf = (lines: Lines, path: readonly PropertyKey[]): number =>
  lines[pathKey(path)] ?? (path.length === 0 ? 1 : lineOf(lines, path.slice(0, -1)));
