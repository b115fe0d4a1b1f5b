import { readVersion } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";

const NEXT_VERSION = statement<never>(
  "tokens.next_version",
  "select nextval('token_version_seq') as version",
);

/** A version of its own for a token that no claim drew one for. */
export const drawVersion = async (sql: Sql): Promise<bigint> => {
  const { rows } = await execute(sql, NEXT_VERSION, {});
  return readVersion(rows[0] ?? {}, "version");
};
