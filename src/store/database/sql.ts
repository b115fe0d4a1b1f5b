import type { PoolUse } from "../../telemetry/index.ts";

/** What a statement may be given. Dates go as timestamptz, arrays of strings as text[], a JSON value as `asJson()`. */
export type Parameter = string | number | bigint | boolean | Date | null | readonly string[];

/**
 * A row as both stores deliver it: int8 → bigint, int4 → number, timestamptz → Date, text[] → string[], jsonb → the parsed value, uuid and text → string.
 */
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** Rows that the statement returned or changed. */
  readonly count: number;
}

/** Runs single autocommit statements. Throws only `BrokerError`. */
export interface Sql {
  /** `name` prepares the statement once per connection; the same name always has the same text. */
  run(name: string, text: string, parameters: readonly Parameter[]): Promise<SqlResult>;
  /** Not prepared: for texts that are put together from filters. */
  runOnce(text: string, parameters: readonly Parameter[]): Promise<SqlResult>;
  poolUse(): PoolUse;
}
