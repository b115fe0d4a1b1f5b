import { defineEntity } from "@mikro-orm/core";
import { instant, text } from "./columns.ts";

export const BrokerInstanceSchema = defineEntity({
  name: "BrokerInstance",
  tableName: "broker_instance",
  properties: {
    slot: text().primary(),
    instance_id: text(),
    recorded_at: instant(),
  },
});
