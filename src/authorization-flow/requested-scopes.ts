import type { ProviderDefinition } from "../catalog/index.ts";
import { invalidField } from "../errors.ts";

const MAX_SCOPES = 200;
/** RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/;

/**
 * The scopes a caller asks for, each once and in order: an item with spaces is several (and with the vendor's own separator, where that is another
 * character). No item at all means the provider's defaults.
 *
 * @throws BrokerError INVALID_REQUEST naming `scopes[i]`.
 */
export const requestedScopes = (definition: ProviderDefinition, items: readonly string[]): string[] => {
  const separator = definition.scopes.separator.trim();
  const split = (item: string): string[] =>
    item.split(" ").flatMap((part) => (separator === "" ? [part] : part.split(separator)));
  const asked = items.flatMap((item, index) =>
    split(item)
      .filter(nonEmpty)
      .map(checked(`scopes[${index}]`)),
  );
  const scopes = [...new Set(asked.length > 0 ? asked : definition.scopes.default)];
  if (scopes.length > MAX_SCOPES) throw invalidField("scopes", `at most ${MAX_SCOPES} scopes`);
  return scopes;
};

const nonEmpty = (text: string): boolean => text !== "";

const checked =
  (field: string) =>
  (scope: string): string => {
    if (SCOPE.test(scope)) return scope;
    throw invalidField(field, "a scope is 1 to 512 visible ASCII characters without quote and backslash");
  };

/** Both, each once, the asked-for ones first: a step-up never takes scopes away. */
export const unionOfScopes = (asked: readonly string[], granted: readonly string[]): string[] => [
  ...new Set([...asked, ...granted]),
];
