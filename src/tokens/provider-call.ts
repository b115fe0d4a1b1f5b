import type { ProviderCall } from "../oauth/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { Pins } from "../store/index.ts";
import type { PinnedProvider } from "./pinned-provider.ts";

export interface ProviderCallDeps {
  readonly registrations: Pick<Registrations, "trustOf">;
  readonly providerTimeoutMs: number;
}

/** What every call for one grant has in common: today's registration, for what the grant pins. */
export const providerCall = (
  { registrations, providerTimeoutMs }: ProviderCallDeps,
  { providerConfig, resource }: Pick<Pins, "providerConfig" | "resource">,
  { registration, definition, endpoints }: PinnedProvider & { readonly ok: true },
): ProviderCall => {
  const { clientId, clientSecret, previousClientSecret } = registration;
  return {
    definition,
    endpoints,
    client: { clientId, clientSecret },
    previousClientSecret,
    trust: registrations.trustOf(registration, providerConfig),
    resource,
    timeoutMs: providerTimeoutMs,
  };
};
