import { pinsDigest, type SealContext, type Sealer } from "../../crypto/index.ts";
import type { Grant, Pins } from "../grant.ts";

type AccountPins = Pick<Pins, "registrationId" | "clientId">;

/**
 * Bound to the grant and its client and to no version: refreshes move that, and leave the account alone. The client belongs to it, because some providers
 * know a person by another name at each.
 */
export const accountContext = (grant: Grant, pins: AccountPins): SealContext => ({
  table: "connection_tokens",
  row: [grant.namespace, grant.connectionId, grant.userId, grant.provider, grant.mcpServerUrl, ""],
  field: "account_subject",
  version: "0",
  pins: pinsDigest({ registration_id: pins.registrationId, client_id: pins.clientId }),
});

/** The parameters of the columns that hold the account. */
export const sealAccount = (sealer: Sealer, grant: Grant, pins: AccountPins, account: string | undefined) => {
  const sealed = account === undefined ? undefined : sealer.seal(account, accountContext(grant, pins));
  return { account_subject: sealed?.ciphertext ?? null, account_subject_key_id: sealed?.keyId ?? null };
};
