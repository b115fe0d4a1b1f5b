import { BrokerError, invalidField } from "../errors.ts";
import { namespaceOf } from "./namespace.ts";
import type { RegisterDeps } from "./register-provider.ts";
import { notFound } from "./resolve.ts";
import { registrationId } from "./stored-registration.ts";

export interface RemoveProviderRequest {
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Although grants exist: they stay, and cannot refresh until they are authorized again. */
  readonly force?: boolean | undefined;
}

/**
 * Removes a registration made by RPC. Needs no key, so that one whose key is lost can go.
 *
 * @throws BrokerError PROVIDER_NOT_FOUND; INVALID_REQUEST for one that was not made by RPC; PROVIDER_IN_USE with `metadata.count`.
 */
export const removeProvider = async (
  deps: RegisterDeps,
  { namespace: given, name, force = false }: RemoveProviderRequest,
): Promise<void> => {
  const namespace = namespaceOf(given);
  const existing = (await deps.providers.list(namespace)).find((summary) => summary.name === name);
  if (existing === undefined) throw notRemovable(deps, name);
  const count = force ? 0 : await deps.tokens.countByRegistration(registrationId(existing.id));
  if (count > 0)
    throw new BrokerError(
      "PROVIDER_IN_USE",
      `${count} grants were made with provider ${name}: revoke them, or set force`,
      { metadata: { count: String(count), provider: name } },
    );
  if (!(await deps.providers.delete(namespace, name))) throw notFound([], name);
};

const notRemovable = ({ builtIn }: RegisterDeps, name: string): BrokerError => {
  const registration = builtIn.byName(name);
  if (registration === undefined) return notFound([], name);
  return registration.source === "environment"
    ? invalidField("name", `comes from the environment: remove its CONNECT_ variables and restart`)
    : invalidField("name", "is registered in code and ends with the program");
};
