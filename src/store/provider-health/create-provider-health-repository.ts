import type { Sql } from "../database/sql.ts";
import { block, claimProbe, deleteUnused, recordAcceptance, recordRefusal } from "./client-blocks.ts";
import type { ProviderHealthRepository } from "./provider-health.ts";
import { beginHold, claimHoldProbe, endHold } from "./refresh-holds.ts";
import { addOutcomes, deleteOldOutcomes, recentOutcomes } from "./refresh-outcomes.ts";
import { findStanding, listTroubles } from "./standing.ts";

export const createProviderHealthRepository = (sql: Sql): ProviderHealthRepository => ({
  find: (key) => findStanding(sql, key),
  list: () => listTroubles(sql),
  recordRefusal: (key, refusal) => recordRefusal(sql, key, refusal),
  recordAcceptance: (key) => recordAcceptance(sql, key),
  block: (key) => block(sql, key),
  claimProbe: (key) => claimProbe(sql, key),
  beginHold: (registrationId, provider) => beginHold(sql, registrationId, provider),
  claimHoldProbe: (registrationId) => claimHoldProbe(sql, registrationId),
  endHold: (registrationId) => endHold(sql, registrationId),
  addOutcomes: (owner, outcomes) => addOutcomes(sql, owner, outcomes),
  recentOutcomes: (registrationId, withinSeconds) => recentOutcomes(sql, registrationId, withinSeconds),
  deleteOldOutcomes: (limit) => deleteOldOutcomes(sql, limit),
  deleteUnused: () => deleteUnused(sql),
});
