import type { Sealed, Sealer } from "../../crypto/index.ts";
import { readFlag, readText, readVersion } from "../database/read-row.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { type Grant, isUuid } from "../grant.ts";
import { KEY_MATCHES, type KeyParameter, keyParameters } from "./find.ts";
import { accountContext } from "./seal-account.ts";
import { ACCOUNT_PINNED, readSealed } from "./token-row.ts";

/** Whose account the present grant is, as far as it is known. */
export interface GrantAccount {
  readonly version: bigint;
  readonly registrationId: string;
  readonly clientId: string;
  /** undefined = the connection is unpinned. Only `openAccount` can use it. */
  readonly sealed: Sealed | undefined;
}

const FIND = statement<KeyParameter>(
  "tokens.find_account",
  `select t.version, t.registration_id, t.client_id, t.account_subject, t.account_subject_key_id, ${ACCOUNT_PINNED} as account_pinned
   from connection_tokens t where ${KEY_MATCHES} and t.revoked_at is null`,
);

export const findAccount = async (sql: Sql, grant: Grant): Promise<GrantAccount | undefined> => {
  if (!isUuid(grant.connectionId)) return undefined;
  const { rows } = await execute(sql, FIND, keyParameters({ ...grant, tokenName: "" }));
  return rows[0] && readAccount(rows[0]);
};

const readAccount = (row: SqlRow): GrantAccount => ({
  version: readVersion(row, "version"),
  registrationId: readText(row, "registration_id"),
  clientId: readText(row, "client_id"),
  sealed: readFlag(row, "account_pinned") ? readSealed(row, "account_subject") : undefined,
});

export const openAccount = (sealer: Sealer, grant: Grant, account: GrantAccount): string | undefined =>
  account.sealed && sealer.open(account.sealed, accountContext(grant, account));
