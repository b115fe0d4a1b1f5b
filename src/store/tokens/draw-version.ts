import { readVersion, unreadable } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";

const NEXT_VERSIONS = statement<"count">(
  "tokens.next_versions",
  "select nextval('token_version_seq') as version from generate_series(1, :count::int)",
);

/** Versions of their own for tokens that no claim drew one for. */
export const drawVersions = async (sql: Sql, count: number): Promise<readonly bigint[]> => {
  const { rows } = await execute(sql, NEXT_VERSIONS, { count });
  return rows.map((row) => readVersion(row, "version"));
};

export const drawVersion = async (sql: Sql): Promise<bigint> => {
  const [version] = await drawVersions(sql, 1);
  return version ?? unreadable("version");
};
