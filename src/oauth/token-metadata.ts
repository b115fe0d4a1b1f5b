import type { ProviderDefinition } from "../catalog/index.ts";
import { type JsonObject, valueAt } from "./json-path.ts";

const MAX_VALUE_LENGTH = 4096;

/** What the catalog keeps of an answer for callers. Only plain values that every database can store as text. */
export const tokenMetadata = (
  rules: ProviderDefinition["metadata"],
  json: JsonObject,
): Record<string, string> =>
  Object.fromEntries(
    rules
      .filter(({ from }) => from === "token")
      .map(({ name, path }) => [name, valueText(valueAt(json, path))] as const)
      .filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

const valueText = (value: unknown): string | undefined => {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined;
  const text = String(value);
  const isStorable = text.isWellFormed() && !text.includes("\u0000");
  return isStorable && text !== "" && text.length <= MAX_VALUE_LENGTH ? text : undefined;
};
