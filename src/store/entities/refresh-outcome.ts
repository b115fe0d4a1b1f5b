import { defineEntity, p } from "@mikro-orm/core";
import { instant, text } from "./columns.ts";

export const RefreshOutcomeSchema = defineEntity({
  name: "RefreshOutcome",
  tableName: "refresh_outcomes",
  properties: {
    registration_id: text().primary(),
    begun_at: instant().primary(),
    owner: text().primary(),
    succeeded: p.integer().default(0),
    rejected: p.integer().default(0),
    rejected_last: p.integer().default(0),
  },
  indexes: [{ name: "refresh_outcomes_begun_at", properties: ["begun_at"] }],
});
