import { defineEntity } from "@mikro-orm/core";
import { instant, text } from "./columns.ts";

export const EncryptionKeySchema = defineEntity({
  name: "EncryptionKey",
  tableName: "encryption_keys",
  properties: {
    key_id: text().primary(),
    check_value: text(),
    first_used_at: instant(),
    last_used_at: instant(),
  },
});
