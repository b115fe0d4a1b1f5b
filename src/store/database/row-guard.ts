import { BrokerError } from "../../errors.ts";
import type { Logger } from "../../telemetry/index.ts";
import type { SqlRow } from "./sql.ts";

/** Reads many rows so that one that was edited into something unreadable fails alone: it is left out and logged. */
export interface RowGuard {
  readAll<Row>(rows: readonly SqlRow[], read: (row: SqlRow) => Row): Row[];
}

/** Rows of other tables have none. */
const connectionIdOf = ({ connection_id: id }: SqlRow): string | undefined =>
  typeof id === "string" ? id : undefined;

export const createRowGuard = (logger: Logger): RowGuard => ({
  readAll: (rows, read) =>
    rows.flatMap((row) => {
      try {
        return [read(row)];
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        logger.error("stored row skipped", {
          namespace: String(row["namespace"]),
          connection_id: connectionIdOf(row),
          reason: "unreadable",
          code: error.code,
          cause: error.metadata["column"],
        });
        return [];
      }
    }),
});
