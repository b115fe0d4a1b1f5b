import type { PgliteConnection } from "@mikro-orm/pglite";
import { translateDatabaseError } from "./errors.ts";
import type { Parameter, Sql, SqlResult } from "./sql.ts";
import { encodeParameter, parserOf, TYPE_OIDS } from "./values.ts";

export type Pglite = Awaited<ReturnType<PgliteConnection["getNativeClient"]>>;

const passText = (text: string): string => text;

const OPTIONS = {
  parsers: Object.fromEntries(TYPE_OIDS.map((oid) => [oid, parserOf(oid)])),
  serializers: Object.fromEntries(TYPE_OIDS.map((oid) => [oid, passText])),
};

/** PGlite has one connection and no prepared statements by name; statements wait for each other inside it. */
export const createPgliteSql = (pglite: Pglite): Sql => {
  let running = 0;
  return {
    async run(_name: string, text: string, parameters: readonly Parameter[]): Promise<SqlResult> {
      running += 1;
      try {
        const result = await pglite.query<Record<string, unknown>>(
          text,
          parameters.map(encodeParameter),
          OPTIONS,
        );
        return { rows: result.rows, count: result.rowCount ?? result.rows.length };
      } catch (error) {
        throw translateDatabaseError(error);
      } finally {
        running -= 1;
      }
    },

    poolUse: () => ({
      used: Math.min(running, 1),
      idle: running === 0 ? 1 : 0,
      waiting: Math.max(running - 1, 0),
    }),
  };
};
