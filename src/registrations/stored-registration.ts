import {
  defineRegistration,
  type InsecureLoopback,
  type Registration,
  type RegistrationInput,
} from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { NewProvider, ProviderRow } from "../store/index.ts";
import { endpointHosts } from "./endpoint-hosts.ts";

/** What is sealed in a row: what the caller gave, so that the template's facts stay today's. The secret is plain text here and only here. */
export type StoredInput = Omit<
  RegistrationInput,
  "clientSecret" | "previousClientSecret" | "loginEnabled"
> & {
  readonly clientSecret?: string;
};

export const storedProvider = (input: StoredInput, registration: Registration): NewProvider => ({
  template: registration.template,
  clientId: registration.clientId,
  hosts: endpointHosts(registration),
  definition: JSON.stringify(input),
});

export const storedInput = (row: ProviderRow): StoredInput => JSON.parse(row.definition) as StoredInput;

export const registrationId = (rowId: string): string => `rpc:${rowId}`;

/** @throws BrokerError INVALID_REQUEST naming each wrong field by the contract's name. */
export const defineFromRpc = (
  input: StoredInput,
  { namespace, id }: { readonly namespace: string; readonly id: string },
  insecureLoopback: InsecureLoopback,
): Registration => defineRegistration(input, { source: "rpc", namespace, id, insecureLoopback });

/**
 * A stored registration with today's facts of its template.
 *
 * @throws BrokerError PROVIDER_MISCONFIGURED, `cause` = `registration_invalid`, when it does not pass today's checks: its template left the catalog, or a
 *   loopback address is no longer allowed.
 */
export const registrationOf = (row: ProviderRow, insecureLoopback: InsecureLoopback): Registration => {
  try {
    return defineFromRpc(
      storedInput(row),
      { namespace: row.namespace, id: registrationId(row.id) },
      insecureLoopback,
    );
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    throw new BrokerError(
      "PROVIDER_MISCONFIGURED",
      `provider ${row.name} was registered with settings that are not valid any more: ${error.message}`,
      { cause: error, metadata: { cause: "registration_invalid", provider: row.name } },
    );
  }
};
