import { catalog, findTemplate, plainDefinition, type ProviderFacts } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError, invalidField } from "../errors.ts";
import type { ProviderSummary } from "../store/index.ts";
import { namespaceOf } from "./namespace.ts";
import { readPageToken, writePageToken } from "./page-token.ts";
import { completeFilter, type Filterable, matcherOf } from "./provider-filter.ts";
import { activeView, catalogView, type ProviderView } from "./provider-view.ts";
import type { RegisterDeps } from "./register-provider.ts";
import { notFound } from "./resolve.ts";
import { registrationId, registrationOf } from "./stored-registration.ts";

export interface ListProvidersRequest {
  readonly namespace?: string | undefined;
  /** 0 = 50; above 1000 = 1000. */
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
  /** Words that must all be in the name, the display name or an alias, whatever the case. */
  readonly query?: string | undefined;
  readonly category?: string | undefined;
  /** Any of these; empty = all. */
  readonly confidences?: readonly ProviderView["confidence"][] | undefined;
  readonly activeOnly?: boolean | undefined;
  /** Only those offered for user login. */
  readonly loginOnly?: boolean | undefined;
}

export interface ProviderPage {
  readonly providers: readonly ProviderView[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export interface ViewDeps extends RegisterDeps {
  callbackUrl(target: { readonly namespace: string; readonly provider: string }): string;
}

const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;

/** What a name stands for in one namespace, without opening anything. */
type Entry =
  | { readonly kind: "stored"; readonly summary: ProviderSummary }
  | { readonly kind: "built_in"; readonly registration: Registration }
  | { readonly kind: "catalog" };

/** By name: what is registered in the namespace, what environment and code brought, and the rest of the catalog. */
export const listProviders = async (
  deps: ViewDeps,
  { namespace: given, pageSize = 0, pageToken = "", ...filters }: ListProvidersRequest,
): Promise<ProviderPage> => {
  const listing = { namespace: namespaceOf(given), filter: completeFilter(filters) };
  const after = readPageToken(pageToken, listing);
  const matches = matcherOf(listing.filter);
  const entries = await entriesOf(deps, listing.namespace);
  const rest = [...entries]
    .filter(([name, entry]) => name > after && matches(filterableOf(name, entry)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const page = rest.slice(0, pageLength(pageSize));
  const last = page.at(-1)?.[0] ?? "";
  const views = await Promise.all(page.map(([name, entry]) => viewOf(deps, listing.namespace, name, entry)));
  return {
    providers: views.filter((view) => view !== undefined),
    nextPageToken: page.length < rest.length ? writePageToken(listing, last) : "",
  };
};

const pageLength = (pageSize: number): number => {
  if (!Number.isInteger(pageSize) || pageSize < 0) throw invalidField("page_size", "must be 0 or more");
  return pageSize === 0 ? DEFAULT_PAGE : Math.min(pageSize, MAX_PAGE);
};

const entriesOf = async (deps: ViewDeps, namespace: string): Promise<ReadonlyMap<string, Entry>> => {
  const entries = new Map<string, Entry>();
  for (const name of catalog.keys()) entries.set(name, { kind: "catalog" });
  for (const registration of deps.builtIn.all())
    entries.set(registration.name, { kind: "built_in", registration });
  for (const summary of await deps.providers.list(namespace))
    entries.set(summary.name, { kind: "stored", summary });
  return entries;
};

/** Without opening anything: what is registered by RPC is judged by its template, whose facts are not sealed. */
const filterableOf = (name: string, entry: Entry): Filterable => {
  switch (entry.kind) {
    case "built_in": {
      const { definition, loginEnabled } = entry.registration;
      return { ...definition, name, isActive: true, isForLogin: loginEnabled };
    }
    case "catalog":
      return { ...describe(name, findTemplate(name)), isActive: false, isForLogin: false };
    case "stored":
      return {
        ...describe(name, findTemplate(entry.summary.template)),
        isActive: true,
        isForLogin: false,
      };
  }
};

const describe = (
  name: string,
  facts: ProviderFacts | undefined,
): Omit<Filterable, "isActive" | "isForLogin"> => ({
  name,
  displayName: facts?.displayName ?? name,
  aliases: facts?.aliases ?? [],
  category: facts?.category ?? "other",
  confidence: facts?.confidence ?? "operator",
});

/** @throws BrokerError PROVIDER_NOT_FOUND for a name that is neither registered in the namespace nor in the catalog. */
export const getProvider = async (
  deps: ViewDeps,
  { namespace: given, name }: { readonly namespace?: string | undefined; readonly name: string },
): Promise<ProviderView> => {
  const namespace = namespaceOf(given);
  const entry = (await entriesOf(deps, namespace)).get(name);
  const view = entry && (await viewOf(deps, namespace, name, entry));
  if (view === undefined) throw notFound(deps.skipped, name);
  return view;
};

/** Undefined: deleted since it was listed. */
const viewOf = async (
  deps: ViewDeps,
  namespace: string,
  name: string,
  entry: Entry,
): Promise<ProviderView | undefined> => {
  const callbackUrl = deps.callbackUrl({ namespace, provider: name });
  switch (entry.kind) {
    case "built_in":
      return activeView(entry.registration, callbackUrl);
    case "catalog":
      return inactiveView(deps, name, callbackUrl);
    case "stored":
      return storedView(deps, entry.summary, callbackUrl);
  }
};

const inactiveView = ({ skipped }: ViewDeps, name: string, callbackUrl: string): ProviderView | undefined => {
  const facts = findTemplate(name);
  const missing = skipped.find((provider) => provider.name === name)?.missing ?? [];
  return facts && catalogView(facts, missing, callbackUrl);
};

/** One that cannot be used today is shown with what it needs, and does not spoil the page. */
const storedView = async (
  deps: ViewDeps,
  summary: ProviderSummary,
  callbackUrl: string,
): Promise<ProviderView | undefined> => {
  try {
    const row = await deps.providers.find(summary.namespace, summary.name);
    return row && activeView(registrationOf(row, deps.insecureLoopback), callbackUrl);
  } catch (error) {
    const isUnusable =
      error instanceof BrokerError &&
      (error.code === "KEY_UNAVAILABLE" || error.code === "PROVIDER_MISCONFIGURED");
    if (!isUnusable) throw error;
    return unusableView(summary, error, callbackUrl);
  }
};

const unusableView = (summary: ProviderSummary, error: BrokerError, callbackUrl: string): ProviderView => ({
  ...activeView(undescribed(summary), callbackUrl),
  active: false,
  missing: error.code === "KEY_UNAVAILABLE" ? ["CONNECT_TOKEN_ENCRYPTION_KEY"] : [],
  findings: [error.message],
});

/** What the unsealed part of a row tells. */
const undescribed = ({ id, namespace, name, template, clientId }: ProviderSummary): Registration => ({
  id: registrationId(id),
  namespace,
  name,
  template,
  clientId,
  source: "rpc",
  definition: plainDefinition({ name, authorizeUrl: "", tokenUrl: "" }),
  values: {},
  clientSecret: undefined,
  previousClientSecret: undefined,
  loginEnabled: false,
  loginTenants: [],
});
