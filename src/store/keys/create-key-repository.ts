import {
  createKeyCheck,
  type KeyRing,
  type Sealed,
  type Sealer,
  verifyKeyCheck,
} from "../../crypto/index.ts";
import type { Logger } from "../../telemetry/index.ts";
import { readBigint, readDateOrNull, readText } from "../database/read-row.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { KeyCheckError, type KeyRepository, type KeyUse, type MissingKey } from "./repository.ts";
import { resealBatch } from "./reseal.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";

const KNOWN = statement<never>(
  "keys.known",
  "select key_id, check_value from encryption_keys order by key_id",
);

/** Of several replicas that register one key at once the first check value stays. */
const USE = statement<"key_id" | "check_value">(
  "keys.use",
  `insert into encryption_keys as k (key_id, check_value, first_used_at, last_used_at)
   values (:key_id, :check_value, broker_now(), broker_now())
   on conflict (key_id) do update set last_used_at = broker_now()`,
);

const NAMED = SEALED_COLUMNS.map(([table, column]) => `select ${column}_key_id as key_id from ${table}`).join(
  " union all ",
);

/** Full scans, at boot, and only while a key is missing. */
const COUNT = statement<"missing">(
  "keys.count_rows",
  `select key_id, count(*) as rows from (${NAMED}) as used
   where key_id = any(:missing::text[]) group by key_id order by key_id`,
);

const USES = statement<never>(
  "keys.uses",
  `select key_id, coalesce(u.ciphertexts, 0) as ciphertexts, k.first_used_at, k.last_used_at
   from (select key_id, count(*) as ciphertexts from (${NAMED}) as named where key_id is not null group by key_id) as u
   full join encryption_keys k using (key_id) order by key_id`,
);

export const createKeyRepository = (
  sql: Sql,
  sealer: Sealer,
  keyRing: KeyRing,
  logger: Logger,
): KeyRepository => ({
  async uses() {
    return (await execute(sql, USES, {})).rows.map(readUse);
  },

  reseal: (after, limit) => resealBatch({ sql, sealer, keyRing, logger }, after, limit),

  async check() {
    const known = await knownKeys(sql);
    const missing = known.filter((check) => !verifyKeyCheck(keyRing, check)).map(({ keyId }) => keyId);
    if (known.length > 0 && missing.length === known.length) {
      throw new KeyCheckError(missing, [...keyRing.keys.keys()]);
    }
    await registerPrimary(sql, keyRing);
    return { missing: missing.length === 0 ? [] : await countRows(sql, missing) };
  },
});

const knownKeys = async (sql: Sql): Promise<readonly Sealed[]> => {
  const { rows } = await execute(sql, KNOWN, {});
  return rows.map((row) => ({ keyId: readText(row, "key_id"), ciphertext: readText(row, "check_value") }));
};

/** Only a key that seals is registered: a mistyped second key must not pass for one of this database's later. */
const registerPrimary = async (sql: Sql, { primary }: KeyRing): Promise<void> => {
  await execute(sql, USE, { key_id: primary.id, check_value: createKeyCheck(primary).ciphertext });
};

const countRows = async (sql: Sql, missing: readonly string[]): Promise<readonly MissingKey[]> => {
  const { rows } = await execute(sql, COUNT, { missing });
  return rows.map((row) => ({ keyId: readText(row, "key_id"), rows: Number(readBigint(row, "rows")) }));
};

const readUse = (row: SqlRow): KeyUse => ({
  keyId: readText(row, "key_id"),
  ciphertexts: Number(readBigint(row, "ciphertexts")),
  firstUsedAt: readDateOrNull(row, "first_used_at") ?? undefined,
  lastUsedAt: readDateOrNull(row, "last_used_at") ?? undefined,
});
