import { SECOND } from "../../time.ts";
import { readNumber } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import type { Rate, RateLimitRepository, Taken } from "./rate-limit.ts";

/** How much of a burst is left: it is used up by the time until `free_at`, at which the whole burst is free again. */
const LEFT = `greatest(0, floor(:burst::float8
    - greatest(0, extract(epoch from r.free_at - broker_now())::float8) / :interval_seconds::float8))`;

const GRANTED = `least(:wanted::float8, ${LEFT})`;

const LATER = "interval '1 second' * :interval_seconds::float8";

/** GCRA: one moment for each key says everything. The row's lock puts replicas in a line, so that together they never grant more. */
const TAKE = statement<"key" | "wanted" | "burst" | "interval_seconds">(
  "rate_limits.take",
  `insert into rate_limits as r (limit_key, free_at, granted)
   values (:key, broker_now() + ${LATER} * least(:wanted::float8, :burst::float8), least(:wanted::float8, :burst::float8)::int)
   on conflict (limit_key) do update
   set granted = (${GRANTED})::int, free_at = greatest(r.free_at, broker_now()) + ${LATER} * ${GRANTED}
   returning granted, extract(epoch from free_at - broker_now())::float8 as used_seconds`,
);

const take = async (sql: Sql, key: string, wanted: number, { intervalMs, burst }: Rate): Promise<Taken> => {
  const values = { key, wanted, burst, interval_seconds: intervalMs / SECOND };
  const row = (await execute(sql, TAKE, values)).rows[0] ?? {};
  const usedMs = readNumber(row, "used_seconds") * SECOND;
  return {
    granted: readNumber(row, "granted"),
    nextInMs: Math.max(0, usedMs + intervalMs - burst * intervalMs),
  };
};

const DELETE_IDLE = statement<"limit">(
  "rate_limits.delete_idle",
  `delete from rate_limits where limit_key in (
     select limit_key from rate_limits where free_at < broker_now() limit :limit::int for update skip locked)`,
);

export const createRateLimitRepository = (sql: Sql): RateLimitRepository => ({
  take: (key, wanted, rate) => take(sql, key, wanted, rate),
  deleteIdle: async (limit) => (await execute(sql, DELETE_IDLE, { limit })).count,
});
