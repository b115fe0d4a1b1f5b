import { createKeyCheck, type KeyRing, type Sealed, verifyKeyCheck } from "../../crypto/index.ts";
import { readBigint, readText } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import { KeyCheckError, type KeyRepository, type MissingKey } from "./repository.ts";
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

/** Full scans, at boot, and only while a key is missing. */
const COUNT = statement<"missing">(
  "keys.count_rows",
  `select key_id, count(*) as rows from (
     ${SEALED_COLUMNS.map(([table, column]) => `select ${column}_key_id as key_id from ${table}`).join(" union all ")}) as used
   where key_id = any(:missing::text[]) group by key_id order by key_id`,
);

export const createKeyRepository = (sql: Sql, keyRing: KeyRing): KeyRepository => ({
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
