import { readNumber } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";

const BEGIN = statement<"registration_id" | "provider">(
  "refresh_holds.begin",
  `insert into refresh_holds (registration_id, provider, held_at, next_probe_at)
   values (:registration_id, :provider, broker_now(), broker_now()) on conflict (registration_id) do nothing`,
);

export const beginHold = async (sql: Sql, registrationId: string, provider: string): Promise<boolean> =>
  (await execute(sql, BEGIN, { registration_id: registrationId, provider })).count > 0;

const CLAIM_PROBE = statement<"registration_id">(
  "refresh_holds.claim_probe",
  `update refresh_holds set next_probe_at = broker_now() + interval '1 minute'
   where registration_id = :registration_id and next_probe_at <= broker_now()`,
);

export const claimHoldProbe = async (sql: Sql, registrationId: string): Promise<boolean> =>
  (await execute(sql, CLAIM_PROBE, { registration_id: registrationId })).count > 0;

/** What was counted before the end would begin the next hold at once. */
const END = statement<"registration_id">(
  "refresh_holds.end",
  `with ended as (delete from refresh_holds where registration_id = :registration_id returning registration_id),
   forgotten as (delete from refresh_outcomes o using ended where o.registration_id = ended.registration_id)
   select count(*)::int as count from ended`,
);

export const endHold = async (sql: Sql, registrationId: string): Promise<boolean> => {
  const { rows } = await execute(sql, END, { registration_id: registrationId });
  return readNumber(rows[0] ?? {}, "count") > 0;
};
