import type { Registrations } from "../registrations/index.ts";
import type { ClaimedToken, HealthKey, Pins } from "../store/index.ts";
import { credentialOf } from "./client-credential.ts";
import type { PinnedProvider } from "./pinned-provider.ts";

export type UsableProvider = PinnedProvider & { readonly ok: true };

/** What a refresh needs, all of it at hand. */
export interface Prepared {
  readonly provider: UsableProvider;
  readonly refreshToken: string;
  /** Whose trouble with client credentials concerns it. */
  readonly key: HealthKey;
  /** Whose calls it waits its turn among. */
  readonly lane: string;
}

/** One refresh that is about to be made, or was. */
export interface Attempt {
  readonly claimed: ClaimedToken;
  readonly prepared: Prepared;
}

export const healthKeyOf = ({ registration, endpoints }: UsableProvider): HealthKey => ({
  registrationId: registration.id,
  origin: new URL(endpoints.refreshUrl).origin,
  credential: credentialOf(registration),
});

/**
 * The lane of a call: its registration's, or its host's where each connection has one of its own (a shop, a tenant), so that one shop that is closed or
 * throttles does not slow down the others.
 */
export const laneOf = (
  registrations: Pick<Registrations, "endpointsFor">,
  { providerConfig }: Pick<Pins, "providerConfig">,
  { registration }: UsableProvider,
  { registrationId, origin }: HealthKey,
): string => {
  if (Object.keys(providerConfig).length === 0) return registrationId;
  return sharedOrigin(registrations, registration) === origin
    ? registrationId
    : `${registrationId} ${origin}`;
};

/** Undefined where the host depends on the connection. */
const sharedOrigin = (
  registrations: Pick<Registrations, "endpointsFor">,
  registration: UsableProvider["registration"],
): string | undefined => {
  try {
    return new URL(registrations.endpointsFor(registration, {}).refreshUrl).origin;
  } catch {
    return undefined;
  }
};
