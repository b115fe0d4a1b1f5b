import { findTemplate } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError, invalidField } from "../errors.ts";
import type { ProviderRepository, ProviderRow, TokenRepository } from "../store/index.ts";
import { endpointHosts, isSameParty } from "./endpoint-hosts.ts";
import { namespaceOf } from "./namespace.ts";
import type { ResolveDeps } from "./resolve.ts";
import {
  defineFromRpc,
  registrationId,
  registrationOf,
  storedInput,
  type StoredInput,
  storedProvider,
} from "./stored-registration.ts";

export interface RegisterProviderRequest {
  readonly namespace?: string | undefined;
  /** What the registration is made of; the client secret may be left out when one is replaced (the stored one stays). */
  readonly input: StoredInput;
  /** Change a registration made by RPC, if there is one. */
  readonly replace?: boolean | undefined;
  /** With `replace`: other hosts although grants exist. */
  readonly force?: boolean | undefined;
}

export interface RegisterDeps extends ResolveDeps {
  readonly providers: ProviderRepository;
  readonly tokens: Pick<TokenRepository, "countByRegistration">;
}

/**
 * Stores a registration, or changes one made by RPC.
 *
 * @throws BrokerError INVALID_REQUEST; PROVIDER_ALREADY_EXISTS for a name visible in the namespace; PROVIDER_IN_USE when live grants would follow
 *   it to other hosts and `force` is not set; VERSION_MISMATCH when somebody else changed it at the same time.
 */
export const registerProvider = async (
  deps: RegisterDeps,
  { namespace: given, input, replace = false, force = false }: RegisterProviderRequest,
): Promise<Registration> => {
  const namespace = namespaceOf(given);
  assertNotMisleading(input);
  const existing = await deps.providers.find(namespace, input.name);
  if (existing && !replace) throw alreadyExists(input.name);
  if (!existing && deps.builtIn.byName(input.name)) throw alreadyExists(input.name);
  const row = existing
    ? await replaceRow(deps, existing, input, force)
    : await insertRow(deps, namespace, input);
  return registrationOf(row, deps.insecureLoopback);
};

/**
 * A catalog entry's name belongs to that vendor, whether or not it is active: under it only the entry's own facts may be registered, or people would send
 * their users to a stranger's page by a name they trust.
 */
export const assertNotMisleading = ({ name, template }: Pick<StoredInput, "name" | "template">): void => {
  if (findTemplate(name) === undefined || template === name) return;
  throw invalidField(
    "name",
    `is the name of a catalog entry: set template to "${name}" to use that entry, or choose another name`,
  );
};

const insertRow = async (deps: RegisterDeps, namespace: string, input: StoredInput): Promise<ProviderRow> => {
  const checked = defineFromRpc(input, { namespace, id: registrationId("new") }, deps.insecureLoopback);
  const row = await deps.providers.insert(namespace, input.name, storedProvider(input, checked));
  if (row === undefined) throw alreadyExists(input.name);
  return row;
};

const replaceRow = async (
  deps: RegisterDeps,
  existing: ProviderRow,
  given: StoredInput,
  force: boolean,
): Promise<ProviderRow> => {
  const id = registrationId(existing.id);
  const input = keepSecret(existing, given);
  const checked = defineFromRpc(input, { namespace: existing.namespace, id }, deps.insecureLoopback);
  const moves = !isSameParty(existing.hosts, endpointHosts(checked));
  if (moves && input !== given) throw secretStays();
  if (moves && !force) await assertUnused(deps, existing);
  const row = await deps.providers.replace(existing, storedProvider(input, checked));
  if (row === undefined)
    throw new BrokerError(
      "VERSION_MISMATCH",
      `provider ${existing.name} was changed by somebody else: try again`,
    );
  return row;
};

/** Whoever may register must not learn a secret that somebody else registered, by having it sent to a server of their own. */
const secretStays = (): BrokerError =>
  invalidField(
    "client_secret",
    "is kept only while the endpoints stay on the hosts they were registered with: give it again",
  );

const assertUnused = async ({ tokens }: RegisterDeps, existing: ProviderRow): Promise<void> => {
  const count = await tokens.countByRegistration(registrationId(existing.id));
  if (count === 0) return;
  throw new BrokerError(
    "PROVIDER_IN_USE",
    `${count} grants would follow provider ${existing.name} to other hosts: revoke them, or set force`,
    { metadata: { count: String(count), provider: existing.name } },
  );
};

const keepSecret = (existing: ProviderRow, input: StoredInput): StoredInput => {
  if (input.clientSecret !== undefined && input.clientSecret !== "") return input;
  const { clientSecret } = storedInput(existing);
  return clientSecret === undefined || input.tokenEndpointAuthMethod === "none"
    ? input
    : { ...input, clientSecret };
};

export const alreadyExists = (name: string): BrokerError =>
  new BrokerError(
    "PROVIDER_ALREADY_EXISTS",
    `a provider ${name} is visible in this namespace: choose another name, or set replace if it was registered by RPC`,
    { metadata: { provider: name } },
  );
