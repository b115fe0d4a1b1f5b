import { defineEntity, p } from "@mikro-orm/core";
import { instant, strings, text } from "./columns.ts";

export const ProviderSchema = defineEntity({
  name: "Provider",
  tableName: "providers",
  properties: {
    id: p.uuid().primary(),
    namespace: text(),
    name: text(),
    template: text(),
    client_id: text(),
    hosts: strings(),
    definition: text(),
    definition_key_id: text(),
    version: p.bigint(),
    created_at: instant(),
    updated_at: instant(),
  },
  uniques: [{ name: "providers_name", properties: ["namespace", "name"] }],
});
