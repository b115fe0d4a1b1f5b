import analytics from "./data/analytics.json" with { type: "json" };
import calendar from "./data/calendar.json" with { type: "json" };
import communication from "./data/communication.json" with { type: "json" };
import crm from "./data/crm.json" with { type: "json" };
import devTools from "./data/dev-tools.json" with { type: "json" };
import ecommerce from "./data/ecommerce.json" with { type: "json" };
import enterpriseOidc from "./data/enterprise-oidc.json" with { type: "json" };
import finance from "./data/finance.json" with { type: "json" };
import hr from "./data/hr.json" with { type: "json" };
import identity from "./data/identity.json" with { type: "json" };
import marketing from "./data/marketing.json" with { type: "json" };
import other from "./data/other.json" with { type: "json" };
import productivity from "./data/productivity.json" with { type: "json" };
import social from "./data/social.json" with { type: "json" };
import storage from "./data/storage.json" with { type: "json" };
import support from "./data/support.json" with { type: "json" };
import type { ProviderFacts } from "./schema.ts";

const files: readonly { readonly providers: unknown }[] = [
  analytics,
  calendar,
  communication,
  crm,
  devTools,
  ecommerce,
  enterpriseOidc,
  finance,
  hr,
  identity,
  marketing,
  other,
  productivity,
  social,
  storage,
  support,
];

/**
 * Every catalog entry by its name. The lint test has checked the files against the schema, so nothing is
 * validated here; a Map, so that a name such as `__proto__` or `constructor` is simply absent.
 */
export const catalog: ReadonlyMap<string, ProviderFacts> = indexEntries(files);

/** Frozen through and through. */
export const findTemplate = (name: string): ProviderFacts | undefined => deepFreeze(catalog.get(name));

/** In alphabetical order. */
export const templateNames = (): string[] => [...catalog.keys()].toSorted();

/** Entries by name. Nothing is done for an entry before somebody asks for it: start-up pays for the reading alone. */
export function indexEntries(
  sources: readonly { readonly providers: unknown }[],
): ReadonlyMap<string, ProviderFacts> {
  const entries = sources.flatMap(({ providers }) => providers as ProviderFacts[]);
  return new Map(entries.map((facts) => [facts.name, facts]));
}

/** Inside out, so that what is frozen itself is frozen inside as well. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
