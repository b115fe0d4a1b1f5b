import type { PoolUse } from "../../telemetry/index.ts";

/** What a statement may be given. A Date goes as timestamptz, a list of strings as text[], a JSON value as `asJson()`. */
export type Parameter = string | number | bigint | boolean | Date | null | readonly string[];

/**
 * A row as both stores deliver it: int8 → bigint, int4 and float8 → number, timestamptz → Date, text[] → string[], jsonb → the parsed
 * value, uuid and text → string, NULL → null.
 */
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** Rows that the statement returned or changed. */
  readonly count: number;
}

/** Runs single autocommit statements. Throws only `BrokerError`. */
export interface Sql {
  /** With a `name`, PostgreSQL prepares the statement once per connection; one name has one text. "" = not prepared. */
  run(name: string, text: string, parameters: readonly Parameter[]): Promise<SqlResult>;
  poolUse(): PoolUse;
}

/** A statement with named parameters (`:user_id`), so that forty of them cannot be miscounted. */
export interface Statement<Name extends string> {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly Name[];
}

/** The same parameter may stand in several places; `::type` is no parameter. */
const PARAMETER = /(?<!:):([a-z][a-z_]*)/g;

export const statement = <Name extends string>(name: string, sql: string): Statement<Name> => {
  const parameters: Name[] = [];
  const text = sql.replaceAll(PARAMETER, (_, parameter: Name) => {
    if (!parameters.includes(parameter)) parameters.push(parameter);
    return `$${parameters.indexOf(parameter) + 1}`;
  });
  return { name, text, parameters };
};

export const execute = <Name extends string>(
  sql: Sql,
  { name, text, parameters }: Statement<Name>,
  values: Readonly<Record<Name, Parameter>>,
): Promise<SqlResult> =>
  sql.run(
    name,
    text,
    parameters.map((parameter) => values[parameter]),
  );
