import { translateDatabaseError } from "./errors.ts";
import type { Parameter, Sql, SqlResult } from "./sql.ts";
import { encodeParameter, parserOf } from "./values.ts";

/** What is used of `pg`'s Pool; MikroORM may bring another copy of the package. */
export interface PgPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly ending: boolean;
  readonly options: object;
  end(): Promise<void>;
  query(query: PgQuery): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>;
}

interface PgQuery {
  readonly name?: string;
  readonly text: string;
  readonly values: (string | null)[];
  readonly types: { getTypeParser(oid: number): (text: string) => unknown };
}

const types = { getTypeParser: parserOf };

/** On the pool that MikroORM owns: its limits, time-outs and credentials hold here too. */
export const createPostgresqlSql = (pool: PgPool): Sql => ({
  async run(name: string, text: string, parameters: readonly Parameter[]): Promise<SqlResult> {
    const query = { text, values: parameters.map(encodeParameter), types };
    try {
      const { rows, rowCount } = await pool.query(name === "" ? query : { ...query, name });
      return { rows, count: rowCount ?? rows.length };
    } catch (error) {
      throw translateDatabaseError(error);
    }
  },

  poolUse: () => ({
    used: pool.totalCount - pool.idleCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  }),
});
