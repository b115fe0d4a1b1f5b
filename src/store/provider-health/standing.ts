import { readDate, readDateOrNull, readText } from "../database/read-row.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { keyParameters } from "./client-blocks.ts";
import type { ClientBlock, HealthKey, RefreshHold, Standing, Troubles } from "./provider-health.ts";

/** One row, whatever stands. A block that was never probed may be at once. */
const FIND = statement<"registration_id" | "origin" | "credential">(
  "provider_health.find",
  `select coalesce(b.next_probe_at, b.blocked_at) as block_probe_at, coalesce(b.provider_error, '') as provider_error,
     h.next_probe_at as hold_probe_at, broker_now() as now
   from (values (1)) as always
   left join provider_health b on b.registration_id = :registration_id and b.origin = :origin and b.credential = :credential
     and b.blocked_at is not null
   left join refresh_holds h on h.registration_id = :registration_id`,
);

export const findStanding = async (sql: Sql, key: HealthKey): Promise<Standing> => {
  const { rows } = await execute(sql, FIND, keyParameters(key));
  const row = rows[0] ?? {};
  const blockProbeAt = readDateOrNull(row, "block_probe_at");
  const holdProbeAt = readDateOrNull(row, "hold_probe_at");
  return {
    block: blockProbeAt
      ? { nextProbeAt: blockProbeAt, providerError: readText(row, "provider_error") }
      : undefined,
    hold: holdProbeAt ? { nextProbeAt: holdProbeAt } : undefined,
    now: readDate(row, "now"),
  };
};

const LIST = statement<never>(
  "provider_health.list",
  `select t.*, broker_now() as now from (values (1)) as always left join (
     select 'block' as kind, registration_id, provider, origin, credential, provider_error, blocked_at as since,
       coalesce(next_probe_at, blocked_at) as next_probe_at
     from provider_health where blocked_at is not null
     union all
     select 'hold', registration_id, provider, '', '', '', held_at, next_probe_at from refresh_holds) t on true`,
);

export const listTroubles = async (sql: Sql): Promise<Troubles> => {
  const { rows } = await execute(sql, LIST, {});
  return {
    blocks: rows.filter(({ kind }) => kind === "block").map(readBlock),
    holds: rows.filter(({ kind }) => kind === "hold").map(readHold),
    now: readDate(rows[0] ?? {}, "now"),
  };
};

const readBlock = (row: SqlRow): ClientBlock => ({
  registrationId: readText(row, "registration_id"),
  origin: readText(row, "origin"),
  credential: readText(row, "credential"),
  provider: readText(row, "provider"),
  providerError: readText(row, "provider_error"),
  blockedAt: readDate(row, "since"),
  nextProbeAt: readDate(row, "next_probe_at"),
});

const readHold = (row: SqlRow): RefreshHold => ({
  registrationId: readText(row, "registration_id"),
  provider: readText(row, "provider"),
  heldAt: readDate(row, "since"),
  nextProbeAt: readDate(row, "next_probe_at"),
});
