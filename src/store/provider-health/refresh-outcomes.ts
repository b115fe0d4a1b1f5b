import { readNumber } from "../database/read-row.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import type { OutcomeSum, RegistrationOutcomes } from "./provider-health.ts";

const ADD = statement<"owner" | "registration_ids" | "succeeded" | "rejected" | "rejected_last">(
  "refresh_outcomes.add",
  `insert into refresh_outcomes as o (registration_id, begun_at, owner, succeeded, rejected, rejected_last)
   select r.registration_id, date_trunc('second', broker_now()), :owner, r.succeeded::int, r.rejected::int, r.rejected_last::int
   from unnest(:registration_ids::text[], :succeeded::text[], :rejected::text[], :rejected_last::text[])
     as r (registration_id, succeeded, rejected, rejected_last)
   on conflict (registration_id, begun_at, owner) do update
   set succeeded = o.succeeded + excluded.succeeded, rejected = o.rejected + excluded.rejected,
     rejected_last = case when excluded.succeeded > 0 then 0 else o.rejected_last end + excluded.rejected_last`,
);

export const addOutcomes = async (
  sql: Sql,
  owner: string,
  outcomes: readonly RegistrationOutcomes[],
): Promise<void> => {
  if (outcomes.length === 0) return;
  await execute(sql, ADD, {
    owner,
    registration_ids: outcomes.map(({ registrationId }) => registrationId),
    succeeded: outcomes.map(({ succeeded }) => String(succeeded)),
    rejected: outcomes.map(({ rejected }) => String(rejected)),
    rejected_last: outcomes.map(({ rejectedLast }) => String(rejectedLast)),
  });
};

/** Whether another replica's successes came before or after is not known: those of one that ended with a success count as the last. */
const RECENT = statement<"registration_id" | "within_seconds">(
  "refresh_outcomes.recent",
  `select sum(o.succeeded)::int as succeeded, sum(o.rejected)::int as rejected, sum(o.rejected_last)::int as rejected_last,
     coalesce(sum(o.succeeded) filter (where o.rejected_last = 0), 0)::int as succeeded_last
   from refresh_outcomes o
   where o.registration_id = :registration_id and o.begun_at > broker_now() - :within_seconds::float8 * interval '1 second'
   group by o.begun_at order by o.begun_at desc`,
);

export const recentOutcomes = async (
  sql: Sql,
  registrationId: string,
  withinSeconds: number,
): Promise<readonly OutcomeSum[]> => {
  const { rows } = await execute(sql, RECENT, {
    registration_id: registrationId,
    within_seconds: withinSeconds,
  });
  return rows.flatMap(readParts);
};

const readParts = (row: SqlRow): OutcomeSum[] => {
  const last = { succeeded: readNumber(row, "succeeded_last"), rejected: readNumber(row, "rejected_last") };
  const before = {
    succeeded: readNumber(row, "succeeded") - last.succeeded,
    rejected: readNumber(row, "rejected") - last.rejected,
  };
  return [last, before];
};

const DELETE_OLD = statement<"limit">(
  "refresh_outcomes.delete_old",
  `delete from refresh_outcomes o using (
     select registration_id, begun_at, owner from refresh_outcomes where begun_at < broker_now() - interval '20 minutes'
     order by begun_at limit :limit::int for update skip locked) old
   where (o.registration_id, o.begun_at, o.owner) = (old.registration_id, old.begun_at, old.owner)`,
);

export const deleteOldOutcomes = async (sql: Sql, limit: number): Promise<number> =>
  (await execute(sql, DELETE_OLD, { limit })).count;
