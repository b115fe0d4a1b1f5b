import type { Sql } from "../database/sql.ts";

/** Every visible change of a token row draws one, in the statement that makes it. */
const DRAWS = "nextval('revision_seq')";

/** Calls back after each statement that may have changed what others see of a row. One that failed may have been committed all the same. */
export const tellOfRevisions = (sql: Sql, drawn: () => void): Sql => ({
  async run(name, text, parameters) {
    if (!text.includes(DRAWS)) return await sql.run(name, text, parameters);
    try {
      return await sql.run(name, text, parameters);
    } finally {
      drawn();
    }
  },
  poolUse: () => sql.poolUse(),
});
