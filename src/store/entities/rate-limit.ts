import { defineEntity, p } from "@mikro-orm/core";
import { instant, text } from "./columns.ts";

export const RateLimitSchema = defineEntity({
  name: "RateLimit",
  tableName: "rate_limits",
  properties: {
    limit_key: text().primary(),
    free_at: instant(),
    granted: p.integer(),
  },
});
