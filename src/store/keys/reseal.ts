import type { KeyRing, Sealer } from "../../crypto/index.ts";
import { BrokerError } from "../../errors.ts";
import type { Logger } from "../../telemetry/index.ts";
import { readText, readTextOrNull, readVersion } from "../database/read-row.ts";
import {
  execute,
  type Parameter,
  type Sql,
  type SqlRow,
  type Statement,
  statement,
} from "../database/sql.ts";
import type { ResealCursor, ResealedBatch } from "./repository.ts";
import { RESEALABLE_TABLES, type ResealableTable, sealedColumnsOf } from "./resealable-tables.ts";

interface TableStatements {
  readonly table: ResealableTable;
  readonly columns: readonly string[];
  readonly select: Statement<"primary" | "after" | "limit">;
  readonly update: Statement<string>;
}

const LOWEST_ID = { bigint: "0", uuid: "00000000-0000-0000-0000-000000000000" } as const;

/** Column lists of other rooms may name some of these as well: a row has each once. */
const selectStatement = (table: ResealableTable, columns: readonly string[]): TableStatements["select"] => {
  const { name, idType, hasVersion, place } = table;
  const own = [
    ...(hasVersion ? ["version"] : []),
    ...columns.flatMap((column) => [column, `${column}_key_id`]),
  ];
  return statement(
    `keys.to_reseal.${name}`,
    `select id::text as id, ${place}, ${own.join(", ")} from ${name}
     where id > :after::${idType} and (${columns.map((column) => `${column}_key_id <> :primary`).join(" or ")})
     order by ${name}.id limit :limit::int`,
  );
};

/**
 * Compare-and-set on the version and on every ciphertext: whoever wrote meanwhile, a refresh above all, has sealed already, and with what was read nothing
 * of theirs is overwritten. Neither `version` nor `revision` moves: nothing that anybody sees has changed.
 */
const updateStatement = (table: ResealableTable, columns: readonly string[]): Statement<string> => {
  const { name, idType, hasVersion } = table;
  const set = columns.flatMap((column) => [`${column} = :${column}`, `${column}_key_id = :${column}_key_id`]);
  const unchanged = columns.map((column) => `${column} is not distinct from :old_${column}::text`);
  return statement(
    `keys.reseal.${name}`,
    `update ${name} set ${set.join(", ")}
     where id = :id::${idType} and ${[...(hasVersion ? ["version = :version::bigint"] : []), ...unchanged].join(" and ")}`,
  );
};

const TABLES: readonly TableStatements[] = RESEALABLE_TABLES.map((table) => {
  const columns = sealedColumnsOf(table.name);
  return {
    table,
    columns,
    select: selectStatement(table, columns),
    update: updateStatement(table, columns),
  };
});

export interface ResealDeps {
  readonly sql: Sql;
  readonly sealer: Sealer;
  readonly keyRing: KeyRing;
  readonly logger: Logger;
}

/** Seals one batch of rows anew, in the order of tables and ids. */
export const resealBatch = async (
  deps: ResealDeps,
  after: ResealCursor | undefined,
  limit: number,
): Promise<ResealedBatch> => {
  const at = after?.table ?? 0;
  const statements = TABLES[at];
  if (statements === undefined) return { next: undefined, rows: 0, resealed: 0, unreadable: 0 };
  const { rows } = await execute(deps.sql, statements.select, {
    primary: deps.keyRing.primary.id,
    after: after?.id ?? LOWEST_ID[statements.table.idType],
    limit,
  });
  let resealed = 0;
  let unreadable = 0;
  for (const row of rows) {
    const outcome = await resealRow(deps, statements, row);
    resealed += outcome.resealed;
    unreadable += outcome.unreadable;
  }
  const last = rows.at(-1);
  const next = rows.length === limit && last ? { table: at, id: readText(last, "id") } : nextTable(at);
  return { next, rows: rows.length, resealed, unreadable };
};

const nextTable = (at: number): ResealCursor | undefined =>
  at + 1 < TABLES.length ? { table: at + 1, id: undefined } : undefined;

interface RowOutcome {
  readonly resealed: number;
  readonly unreadable: number;
}

/** A ciphertext that does not open stays as it is; those beside it in the row are sealed anew all the same. */
const resealRow = async (
  deps: ResealDeps,
  { table, columns, update }: TableStatements,
  row: SqlRow,
): Promise<RowOutcome> => {
  const values: Record<string, Parameter> = { id: readText(row, "id") };
  if (table.hasVersion) values["version"] = readVersion(row, "version");
  let resealed = 0;
  let unreadable = 0;
  for (const column of columns) {
    const result = resealValue(deps, table, row, column);
    values[`old_${column}`] = readTextOrNull(row, column);
    values[column] = result.ciphertext;
    values[`${column}_key_id`] = result.keyId;
    if (result.kind === "resealed") resealed += 1;
    if (result.kind === "unreadable") unreadable += 1;
  }
  const count = resealed === 0 ? 0 : (await execute(deps.sql, update, values)).count;
  return { resealed: count === 0 ? 0 : resealed, unreadable };
};

interface ResealedValue {
  readonly kind: "kept" | "resealed" | "unreadable";
  readonly ciphertext: string | null;
  readonly keyId: string | null;
}

const resealValue = (
  { sealer, keyRing, logger }: ResealDeps,
  table: ResealableTable,
  row: SqlRow,
  column: string,
): ResealedValue => {
  const ciphertext = readTextOrNull(row, column);
  const keyId = readTextOrNull(row, `${column}_key_id`);
  if (ciphertext === null || keyId === null || keyId === keyRing.primary.id)
    return { kind: "kept", ciphertext, keyId };
  try {
    const context = table.contextOf(row, column);
    return { kind: "resealed", ...sealer.seal(sealer.open({ ciphertext, keyId }, context), context) };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    reportUnreadable(logger, table, row, keyId, error);
    return { kind: "unreadable", ciphertext, keyId };
  }
};

/** A key that is not configured is counted, and told once with the counts; anything else is a row that somebody changed. */
const reportUnreadable = (
  logger: Logger,
  { name }: ResealableTable,
  row: SqlRow,
  keyId: string,
  { code, metadata }: BrokerError,
): void => {
  if (metadata["cause"] === "unknown_key") return;
  const { namespace, connection_id: connectionId } = row;
  logger.error("stored secret does not open and keeps its key", {
    table: name,
    namespace: typeof namespace === "string" ? namespace : undefined,
    connection_id: typeof connectionId === "string" ? connectionId : undefined,
    key_id: keyId,
    code,
    cause: metadata["cause"] ?? metadata["column"],
  });
};
