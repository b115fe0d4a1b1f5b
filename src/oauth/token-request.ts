import type { AuthorizationServer } from "oauth4webapi";
import type { Endpoints, ProviderDefinition } from "../catalog/index.ts";
import type { Client, SecretText, Trust } from "./client.ts";
import { OAuthFailure } from "./failure.ts";

/** What every call to a provider's back channel needs. */
export interface ProviderCall {
  readonly definition: ProviderDefinition;
  readonly endpoints: Endpoints;
  readonly client: Client;
  /** Tried once when the provider refuses the client's secret (`invalid_client`), and only then. */
  readonly previousClientSecret?: SecretText | undefined;
  readonly trust: Trust;
  /** RFC 8707: goes with the code and with every refresh, byte for byte as the resource publishes it. */
  readonly resource?: string | undefined;
  /** For the whole call. Default: the egress's own. */
  readonly timeoutMs?: number | undefined;
  /** What the connection keeps of the provider's answers: `{metadata.<name>}` in parameters and headers. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The library's name for the other side. The issuer is not compared with anything here: the callback has done it. */
export const serverOf = (endpoint: string): AuthorizationServer => ({
  issuer: new URL(endpoint).origin,
  token_endpoint: endpoint,
});

/** Runs the call, and once more with the previous secret when the provider does not know the present one. Both share one time limit. */
export const withPreviousSecret = async <C extends ProviderCall, T>(
  call: C,
  attempt: (call: C) => Promise<T>,
): Promise<T> => {
  const remainingMs = stopwatch(call.timeoutMs);
  try {
    return await attempt(call);
  } catch (error) {
    const previous = call.previousClientSecret;
    const isRefused =
      error instanceof OAuthFailure && error.class === "client" && error.providerError === "invalid_client";
    if (!isRefused || previous === undefined) throw error;
    return await attempt({
      ...call,
      client: { ...call.client, clientSecret: previous },
      timeoutMs: remainingMs(),
    });
  }
};

/** What is left of a time limit, at least a millisecond. */
export const stopwatch = (timeoutMs: number | undefined): (() => number | undefined) => {
  const startedAt = performance.now();
  return () =>
    timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (performance.now() - startedAt));
};
