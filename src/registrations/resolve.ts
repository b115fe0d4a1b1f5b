import type { InsecureLoopback, Registration, SkippedProvider } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { ProviderRepository } from "../store/index.ts";
import type { BuiltInRegistrations } from "./built-in-registrations.ts";
import { registrationOf } from "./stored-registration.ts";

export interface ResolveDeps {
  readonly builtIn: BuiltInRegistrations;
  readonly providers: Pick<ProviderRepository, "find">;
  readonly insecureLoopback: InsecureLoopback;
  readonly skipped: readonly SkippedProvider[];
}

/** What a grant or a flow remembers of its registration. */
export interface RegistrationPins {
  readonly registrationId: string;
  readonly clientId: string;
  /** Of a server that was discovered: nobody else knows its endpoints. */
  readonly issuer?: string | undefined;
  readonly tokenUrl?: string | undefined;
  readonly revokeUrl?: string | undefined;
  readonly providerConfig?: Readonly<Record<string, string>> | undefined;
}

/**
 * The registration a name means now: one made by RPC in this namespace, else the environment's or the code's. The row is read at each call, so
 * what one replica registers the others see at once; and a name registered by RPC keeps its meaning when a later release or environment brings the same.
 */
export const lookUp = async (
  deps: ResolveDeps,
  namespace: string,
  name: string,
): Promise<Registration | undefined> => {
  const row = await deps.providers.find(namespace, name);
  return row ? registrationOf(row, deps.insecureLoopback) : deps.builtIn.byName(name);
};

/** @throws BrokerError PROVIDER_NOT_FOUND; `metadata.missing` names the variables that would activate a known name. */
export const resolve = async (deps: ResolveDeps, namespace: string, name: string): Promise<Registration> => {
  const registration = await lookUp(deps, namespace, name);
  if (registration) return registration;
  throw notFound(deps.skipped, name);
};

export const notFound = (skipped: readonly SkippedProvider[], name: string): BrokerError => {
  const missing = skipped.find((provider) => provider.name === name)?.missing ?? [];
  if (missing.length === 0)
    return new BrokerError("PROVIDER_NOT_FOUND", "no provider of this name is active in this namespace");
  const cure = `set ${missing.join(", ")}, or register it (RegisterProvider)`;
  return new BrokerError("PROVIDER_NOT_FOUND", `provider ${name} is not active: ${cure}`, {
    metadata: { provider: name, missing: missing.join(",") },
  });
};

/**
 * The registration that a grant was made with, and no other: never another client's, never another server's that took over the name.
 *
 * @throws BrokerError PROVIDER_MISCONFIGURED with `cause` = `registration_missing` (the name means nothing now), `registration_changed` (it means another
 *   registration) or `client_changed` (its client id is another).
 */
export const resolvePinned = async (
  deps: ResolveDeps,
  namespace: string,
  name: string,
  pins: RegistrationPins,
): Promise<Registration> => {
  const pinned = await findPinned(deps, namespace, name, pins.registrationId);
  if (pinned === undefined) {
    const other = await lookUp(deps, namespace, name);
    throw other ? changed(name, "registration_changed") : changed(name, "registration_missing");
  }
  if (pinned.clientId !== pins.clientId) throw changed(name, "client_changed");
  return pinned;
};

/** Registrations of this process are found without the database: the hot read stays one statement. */
const findPinned = async (
  deps: ResolveDeps,
  namespace: string,
  name: string,
  id: string,
): Promise<Registration | undefined> => {
  if (!id.startsWith("rpc:")) return deps.builtIn.byId(id);
  const row = await deps.providers.find(namespace, name);
  const registration = row && registrationOf(row, deps.insecureLoopback);
  return registration?.id === id ? registration : undefined;
};

type ChangeCause = "registration_missing" | "registration_changed" | "client_changed";

const CURES: Record<ChangeCause, string> = {
  registration_missing:
    "is not registered any more: register it again, or set its variables again, with the same client id",
  registration_changed:
    "is another registration now than the one this grant was made with: restore that one, or authorize again",
  client_changed: "has another client id now than this grant was made with: restore it, or authorize again",
};

const changed = (name: string, cause: ChangeCause): BrokerError =>
  new BrokerError("PROVIDER_MISCONFIGURED", `provider ${name} ${CURES[cause]}`, {
    metadata: { cause, provider: name },
  });
