import { catalog, type ProviderDefinition } from "../catalog/index.ts";
import { invalidField } from "../errors.ts";

type Confidence = ProviderDefinition["confidence"];

/** What a listing is narrowed to. Empty and false narrow nothing. */
export interface ProviderFilter {
  /** Words that must all be in the name, the display name or an alias, whatever the case. */
  readonly query: string;
  readonly category: string;
  readonly confidences: readonly Confidence[];
  readonly activeOnly: boolean;
  readonly loginOnly: boolean;
}

/** What a provider is judged by. */
export interface Filterable {
  readonly name: string;
  readonly displayName: string;
  readonly aliases: readonly string[];
  readonly category: string;
  readonly confidence: Confidence;
  readonly isActive: boolean;
  readonly isForLogin: boolean;
}

/** A filter with its defaults, in the one form that a page token is bound to. @throws BrokerError INVALID_REQUEST for an unknown category. */
export const completeFilter = (given: {
  readonly [K in keyof ProviderFilter]?: ProviderFilter[K] | undefined;
}): ProviderFilter => {
  const { query = "", category = "", confidences = [], activeOnly = false, loginOnly = false } = given;
  if (category !== "" && !categories().has(category))
    throw invalidField("category", `must be one of ${[...categories()].toSorted().join(", ")}`);
  return {
    query: wordsOf(query).join(" "),
    category,
    confidences: [...new Set(confidences)].toSorted(),
    activeOnly,
    loginOnly,
  };
};

/** An operator's own provider is of none of the vendors' kinds. */
const OPERATORS_CATEGORY = "other";

const categories = (): Set<string> =>
  new Set([OPERATORS_CATEGORY, ...[...catalog.values()].map(({ category }) => category)]);

const wordsOf = (text: string): string[] =>
  text.normalize("NFKC").toLowerCase().split(/\s+/u).filter(Boolean);

/** A predicate for many providers. */
export const matcherOf = (filter: ProviderFilter): ((provider: Filterable) => boolean) => {
  const words = wordsOf(filter.query);
  const { category, confidences, activeOnly, loginOnly } = filter;
  return (provider) =>
    (!activeOnly || provider.isActive) &&
    (!loginOnly || provider.isForLogin) &&
    (category === "" || provider.category === category) &&
    (confidences.length === 0 || confidences.includes(provider.confidence)) &&
    holdsAll(provider, words);
};

/** `google drive` finds `google-drive`: the signs between the words of a name are no part of them. */
const holdsAll = ({ name, displayName, aliases }: Filterable, words: readonly string[]): boolean => {
  if (words.length === 0) return true;
  const names = [name, displayName, ...aliases].map((text) => wordsOf(text).join(" "));
  const text = [...names, ...names.map((own) => own.replaceAll(/[-_.]/g, " "))].join("\n");
  return words.every((word) => text.includes(word));
};
