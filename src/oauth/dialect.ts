import { type CustomFetchOptions, customFetch, allowInsecureRequests } from "oauth4webapi";
import {
  fillTexts,
  type PlaceholderValues,
  type ProviderDefinition,
  runTokenRequestHook,
} from "../catalog/index.ts";
import { failureOfCall } from "./call-failure.ts";
import type { Egress } from "./egress.ts";
import type { ProviderCall } from "./token-request.ts";

type Texts = Readonly<Record<string, string>>;

/** How one kind of call to a token endpoint differs from the RFC's, for one vendor. */
export interface Dialect {
  readonly method: "GET" | "POST";
  readonly paramsIn: "body" | "query";
  readonly body: "form" | "json";
  /** Added, and in the place of what the RFC says; they may hold placeholders. */
  readonly params: Texts;
  /** Added as they are: a stranger's browser, or a stranger's server, brought them. */
  readonly literals?: Texts | undefined;
  readonly headers: Texts;
  /** Of the RFC's parameters; one of `params` may stand in the place of such a one. */
  readonly drop: readonly string[];
  readonly rename: Texts;
  /** Goes into the Authorization header. */
  readonly bearer?: string | undefined;
  readonly hook: ProviderDefinition["hooks"]["tokenRequest"];
}

/** What stands for the placeholders of one call. */
export const valuesOf = (
  { endpoints, client, metadata }: ProviderCall,
  texts: Texts = {},
): PlaceholderValues => ({
  texts: { ...endpoints.texts, client_id: client.clientId, ...texts },
  metadata,
});

/**
 * The options that make the library send through the egress, in this vendor's dialect. The egress alone decides about http, so the library's own
 * rule is off.
 */
export const sendThrough = (
  egress: Egress,
  call: ProviderCall,
  dialect: Dialect,
  values: PlaceholderValues = valuesOf(call),
) => ({
  [allowInsecureRequests]: true,
  [customFetch]: async (url: string, init: CustomFetchOptions<string, URLSearchParams>) => {
    const secret = call.client.clientSecret?.reveal() ?? "";
    const literals = { ...dialect.literals, ...(call.resource ? { resource: call.resource } : {}) };
    const { target, request } = requestOf({ ...dialect, literals }, values, secret, url, init);
    try {
      return await egress.fetch(target, request, { trust: call.trust, deadlineMs: call.timeoutMs });
    } catch (error) {
      throw failureOfCall(error);
    }
  },
});

interface LibraryRequest {
  readonly body: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

const requestOf = (
  dialect: Dialect,
  values: PlaceholderValues,
  clientSecret: string,
  url: string,
  init: LibraryRequest,
): { readonly target: string; readonly request: RequestInit } => {
  const params = paramsOf(dialect, values, clientSecret, init.body);
  const inQuery = dialect.method === "GET" || dialect.paramsIn === "query";
  const headers = headersOf(dialect, values, init.headers, inQuery);
  const request = { method: dialect.method, headers, redirect: "manual" } as const;
  if (inQuery) return { target: withQuery(url, params), request };
  const body = dialect.body === "json" ? JSON.stringify(Object.fromEntries(params)) : params.toString();
  return { target: url, request: { ...request, body } };
};

const paramsOf = (
  { params: extra, literals, drop, rename, hook }: Dialect,
  values: PlaceholderValues,
  clientSecret: string,
  standard: URLSearchParams,
): URLSearchParams => {
  const named = {
    ...without(drop, { ...literals, ...Object.fromEntries(standard) }),
    ...fillTexts(extra, values),
  };
  const hooked = hook === undefined ? named : runTokenRequestHook(hook.name, named, { clientSecret });
  const kept = Object.entries(hooked);
  return new URLSearchParams(kept.map(([name, value]): [string, string] => [renamed(rename, name), value]));
};

/** Parameters but for some. */
export const without = (names: readonly string[], params: Texts): Record<string, string> =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));

/** What this vendor calls a parameter. */
export const renamed = (rename: Texts, name: string): string =>
  (Object.hasOwn(rename, name) ? rename[name] : undefined) ?? name;

const headersOf = (
  { body, headers: own, bearer }: Dialect,
  values: PlaceholderValues,
  standard: Texts,
  inQuery: boolean,
): Headers => {
  const headers = new Headers(standard);
  headers.delete("user-agent");
  if (inQuery) headers.delete("content-type");
  else if (body === "json") headers.set("content-type", "application/json");
  if (bearer !== undefined) headers.set("authorization", `Bearer ${bearer}`);
  for (const [name, value] of Object.entries(fillTexts(own, values))) headers.set(name, value);
  return headers;
};

/** Behind what the endpoint's own query holds. */
const withQuery = (url: string, params: URLSearchParams): string => {
  const target = new URL(url);
  for (const [name, value] of params) target.searchParams.set(name, value);
  return target.href;
};
