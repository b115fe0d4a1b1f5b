import { p } from "@mikro-orm/core";

/** Columns as the migrations create them. Property names are column names, so that a host's naming strategy changes nothing. */
export const text = () => p.text();
export const strings = () => p.array().columnType("text[]");
export const flag = () => p.boolean();
export const instant = () => p.datetime().columnType("timestamptz");
export const instantOrNull = () => p.datetime().columnType("timestamptz").nullable();

/** The columns whose digest every ciphertext of a token carries. */
export const pins = () => ({
  registration_id: text(),
  client_id: text(),
  token_url: text(),
  revoke_url: text(),
  issuer: text(),
  resource: text(),
  provider_config: p.json(),
  provider_metadata: p.json(),
});
