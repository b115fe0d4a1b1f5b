import { defineEntity } from "@mikro-orm/core";
import { instant, text } from "./columns.ts";

export const RefreshHoldSchema = defineEntity({
  name: "RefreshHold",
  tableName: "refresh_holds",
  properties: {
    registration_id: text().primary(),
    provider: text(),
    held_at: instant(),
    next_probe_at: instant(),
  },
});
