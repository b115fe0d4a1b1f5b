import { defineEntity, p } from "@mikro-orm/core";
import { instant, instantOrNull, text } from "./columns.ts";

export const ProviderHealthSchema = defineEntity({
  name: "ProviderHealth",
  tableName: "provider_health",
  properties: {
    registration_id: text().primary(),
    origin: text().primary(),
    credential: text().primary(),
    provider: text(),
    refusals: p.json().defaultRaw("'{}'"),
    provider_error: text().default(""),
    blocked_at: instantOrNull(),
    next_probe_at: instantOrNull(),
    accepted_at: instantOrNull(),
    updated_at: instant(),
  },
});
