import {
  type AuthorizationServer,
  customFetch,
  allowInsecureRequests,
  type CustomFetchOptions,
} from "oauth4webapi";
import type { Endpoints, ProviderDefinition, TokenRequestRules } from "../catalog/index.ts";
import { failureOfCall } from "./call-failure.ts";
import type { Client, SecretText, Trust } from "./client.ts";
import type { Egress } from "./egress.ts";
import { OAuthFailure } from "./failure.ts";

/** What every call to a provider's back channel needs. */
export interface ProviderCall {
  readonly definition: ProviderDefinition;
  readonly endpoints: Endpoints;
  readonly client: Client;
  /** Tried once when the provider refuses the client's secret (`invalid_client`), and only then. */
  readonly previousClientSecret?: SecretText | undefined;
  readonly trust: Trust;
  /** For the whole call. Default: the egress's own. */
  readonly timeoutMs?: number | undefined;
}

/** The library's name for the other side. The issuer is not compared with anything here: the callback has done it. */
export const serverOf = (endpoint: string): AuthorizationServer => ({
  issuer: new URL(endpoint).origin,
  token_endpoint: endpoint,
  revocation_endpoint: endpoint,
});

/**
 * The options that make the library send through the egress, in this vendor's dialect. The egress alone decides about http, so the library's own
 * rule is off.
 */
export const sendThrough = (
  egress: Egress,
  call: ProviderCall,
  extraParams: Readonly<Record<string, string>>,
) => ({
  [allowInsecureRequests]: true,
  [customFetch]: async (url: string, init: CustomFetchOptions<string, URLSearchParams>) => {
    const request = dialectOf(call.definition.tokenRequest, extraParams, init);
    try {
      return await egress.fetch(url, request, { trust: call.trust, deadlineMs: call.timeoutMs });
    } catch (error) {
      throw failureOfCall(error);
    }
  },
});

const dialectOf = (
  rules: TokenRequestRules,
  extraParams: Readonly<Record<string, string>>,
  init: { readonly body: URLSearchParams; readonly headers: Readonly<Record<string, string>> },
): RequestInit => {
  const params = new URLSearchParams(init.body);
  for (const [name, value] of Object.entries(extraParams)) params.set(name, value);
  for (const name of rules.drop) params.delete(name);
  const headers = new Headers(init.headers);
  headers.delete("user-agent");
  if (rules.body === "json") headers.set("content-type", "application/json");
  for (const [name, value] of Object.entries(rules.headers)) headers.set(name, value);
  const body = rules.body === "json" ? JSON.stringify(Object.fromEntries(params)) : params.toString();
  return { method: "POST", headers, body, redirect: "manual" };
};

/** Runs the call, and once more with the previous secret when the provider does not know the present one. Both share one time limit. */
export const withPreviousSecret = async <T>(
  call: ProviderCall,
  attempt: (call: ProviderCall) => Promise<T>,
): Promise<T> => {
  const startedAt = performance.now();
  try {
    return await attempt(call);
  } catch (error) {
    const previous = call.previousClientSecret;
    const isRefused =
      error instanceof OAuthFailure && error.class === "client" && error.providerError === "invalid_client";
    if (!isRefused || previous === undefined) throw error;
    const timeoutMs =
      call.timeoutMs === undefined
        ? undefined
        : Math.max(1, call.timeoutMs - (performance.now() - startedAt));
    return await attempt({ ...call, client: { ...call.client, clientSecret: previous }, timeoutMs });
  }
};
