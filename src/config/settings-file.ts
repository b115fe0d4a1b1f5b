import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";

/** A file of settings that cannot be used. Its message names lines and fields and never repeats a value: a secret may stand in the wrong place. */
export class SettingsFileError extends Error {
  override name = "SettingsFileError";
}

/** What was read, and where each thing stands. */
export interface ReadFile<T> {
  readonly value: T;
  /** The line, from 1, of what a path leads to. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

const MAX_CHARACTERS = 1024 * 1024;
const MAX_PROBLEMS = 10;

/**
 * Reads YAML (JSON is YAML) and checks it against a schema, whose messages must be written for an operator. Anchors and tags are refused: nothing in such
 * a file needs them, and a reader would have to resolve them by eye.
 *
 * @throws SettingsFileError naming the line of each problem.
 */
export const readSettingsFile = <T>(text: string, schema: z.ZodType<T>): ReadFile<T> => {
  if (text.length > MAX_CHARACTERS) throw new SettingsFileError("it is larger than 1 MiB");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: "core", logLevel: "silent" });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    throw problems(broken.map(({ pos, code }) => `line ${lineAt(pos[0])}: ${wordsOf(code)}`));
  const lineOf = (path: readonly PropertyKey[]): number => lineAt(offsetOf(document, path));
  const result = schema.safeParse(plainValue(document));
  if (result.success) return { value: result.data, lineOf };
  throw problems(result.error.issues.flatMap((issue) => textsOf(issue, document, lineOf)));
};

const problems = (texts: readonly string[]): SettingsFileError => {
  const shown = [...new Set(texts)].slice(0, MAX_PROBLEMS);
  return new SettingsFileError(shown.join("; "));
};

/** The library's messages quote the text. */
const wordsOf = (code: string): string =>
  code === "DUPLICATE_KEY" ? "the same field twice" : `not YAML (${code.toLowerCase().replaceAll("_", " ")})`;

const plainValue = (document: Document): unknown => {
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch {
    throw new SettingsFileError("anchors and aliases are not read: write it out");
  }
};

/** Of the thing itself, or of the nearest thing around it that is there. */
const offsetOf = (document: Document, path: readonly PropertyKey[]): number => {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
};

const textsOf = (
  issue: z.core.$ZodIssue,
  document: Document,
  lineOf: (path: readonly PropertyKey[]) => number,
): string[] => {
  if (issue.code !== "unrecognized_keys")
    return [`line ${lineOf(issue.path)}: ${fieldOf(issue.path)}${issue.message}`];
  return issue.keys.map((key) => `line ${lineOfKey(document, issue.path, key, lineOf)}: unknown field`);
};

const fieldOf = (path: readonly PropertyKey[]): string => {
  const name = path.findLast((part) => typeof part === "string");
  return name === undefined ? "" : `${name} `;
};

const lineOfKey = (
  document: Document,
  path: readonly PropertyKey[],
  key: string,
  lineOf: (path: readonly PropertyKey[]) => number,
): number => {
  const around: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  const pair = isMap(around) ? around.items.find((item) => String(item.key) === key) : undefined;
  return isNode(pair?.value) ? lineOf([...path, key]) : lineOf(path);
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `1h`: a number with its unit, as milliseconds. */
export const duration = z
  .string("must be a time with its unit, such as 90s, 5m or 1h")
  .regex(/^\d{1,7}(ms|s|m|h)$/, "must be a time with its unit, such as 90s, 5m or 1h")
  .transform((text) => {
    const [, amount = "0", unit = "s"] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
    return Number(amount) * (UNITS[unit] ?? 0);
  });
