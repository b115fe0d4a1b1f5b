import type { ProviderDefinition } from "../catalog/index.ts";

const MAX_VALUE_LENGTH = 1024;
const CONTROL = /\p{Cc}/u;

/** What the catalog keeps of an authorization response for callers: a company id, a shop. Anything that is no plain short text is left out. */
export const callbackMetadata = (
  rules: ProviderDefinition["metadata"],
  params: URLSearchParams,
): Record<string, string> =>
  Object.fromEntries(
    rules
      .filter(({ from }) => from === "callback")
      .map(({ name, path }) => [name, params.get(path) ?? ""] as const)
      .filter(([, value]) => value !== "" && value.length <= MAX_VALUE_LENGTH && !CONTROL.test(value)),
  );
