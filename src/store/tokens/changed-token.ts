import { readText } from "../database/read-row.ts";
import type { SqlRow } from "../database/sql.ts";
import { readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import type { ChangedToken } from "./token.ts";

/** SQL: locks the row that an update is about to change, and keeps the state it is in. */
export const before = (where: string): string =>
  `with before as (
     select t.id as changed_id, t.status as status_before from connection_tokens t where ${where} for update)`;

/** SQL: the update's end. */
export const AFTER_BEFORE = `from before where t.id = before.changed_id
   returning ${TOKEN_COLUMNS}, before.status_before`;

export const readChangedToken = (row: SqlRow): ChangedToken => ({
  ...readTokenRow(row),
  statusBefore: readText(row, "status_before"),
});
