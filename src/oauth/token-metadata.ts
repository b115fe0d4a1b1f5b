import type { ProviderDefinition } from "../catalog/index.ts";
import { claimsOf } from "./id-token.ts";
import { type JsonObject, valueAt } from "./json-path.ts";

const MAX_VALUE_LENGTH = 4096;

/**
 * What the catalog keeps of an answer, and of the ID token in it, for callers. Only plain values that every database can store as text, a list of
 * them joined by commas.
 */
export const tokenMetadata = (
  rules: ProviderDefinition["metadata"],
  json: JsonObject,
): Record<string, string> => {
  const claims = claimsOf(valueAt(json, "id_token"));
  return textsOf(
    rules.flatMap(({ name, from, path }): [string, unknown][] => {
      if (from === "token") return [[name, valueAt(json, path)]];
      return from === "id_token" ? [[name, valueAt(claims, path)]] : [];
    }),
  );
};

/** The entries that have a text. */
export const textsOf = (entries: readonly (readonly [string, unknown])[]): Record<string, string> =>
  Object.fromEntries(
    entries
      .map(([name, value]) => [name, valueText(value)] as const)
      .filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

const valueText = (value: unknown): string | undefined => {
  const text = Array.isArray(value) ? listText(value) : plainText(value);
  if (text === undefined || text === "" || text.length > MAX_VALUE_LENGTH) return undefined;
  return text.isWellFormed() && !text.includes("\u0000") ? text : undefined;
};

const listText = (list: readonly unknown[]): string | undefined => {
  const texts = list.map(plainText);
  return texts.every((text) => text !== undefined) ? texts.join(",") : undefined;
};

const plainText = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
