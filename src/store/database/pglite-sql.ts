import type { PgliteConnection } from "@mikro-orm/pglite";
import { translateDatabaseError } from "./errors.ts";
import type { Parameter, Sql, SqlResult } from "./sql.ts";
import { createTurns } from "./turns.ts";
import { encodeParameter, parserOf, TYPE_OIDS } from "./values.ts";

export type Pglite = Awaited<ReturnType<PgliteConnection["getNativeClient"]>>;

const passText = (text: string): string => text;

const OPTIONS = {
  parsers: Object.fromEntries(TYPE_OIDS.map((oid) => [oid, parserOf(oid)])),
  serializers: Object.fromEntries(TYPE_OIDS.map((oid) => [oid, passText])),
};

const isRead = (text: string): boolean => text.startsWith("select");

/** PGlite has one connection and no prepared statements by name; statements wait for each other. */
export const createPgliteSql = (pglite: Pglite): Sql => {
  const turns = createTurns();
  return {
    async run(_name: string, text: string, parameters: readonly Parameter[]): Promise<SqlResult> {
      const encoded = parameters.map(encodeParameter);
      const query = () => pglite.query<Record<string, unknown>>(text, encoded, OPTIONS);
      try {
        const { rows, rowCount } = await turns.take(isRead(text) ? "read" : "write", query);
        return { rows, count: rowCount ?? rows.length };
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },

    poolUse() {
      const size = turns.size();
      return { used: Math.min(size, 1), idle: size === 0 ? 1 : 0, waiting: Math.max(size - 1, 0) };
    },
  };
};
