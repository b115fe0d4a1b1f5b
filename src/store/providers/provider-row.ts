import { pinsDigest, type SealContext } from "../../crypto/index.ts";
import { readDate, readText, readTexts, readVersion } from "../database/read-row.ts";
import type { SqlRow } from "../database/sql.ts";
import type { ProviderSummary } from "./provider.ts";

export type ProviderPlace = Pick<ProviderSummary, "id" | "namespace" | "name" | "version">;

/** The plain columns are bound: what a listing shows is what the definition was stored with. */
export const providerContext = (
  place: ProviderPlace,
  plain: Pick<ProviderSummary, "template" | "clientId" | "hosts">,
): SealContext => ({
  table: "providers",
  row: [place.namespace, place.name, place.id],
  field: "definition",
  version: place.version,
  pins: pinsDigest({
    template: plain.template,
    client_id: plain.clientId,
    hosts: JSON.stringify(plain.hosts),
  }),
});

export const readSummary = (row: SqlRow): ProviderSummary => ({
  id: readText(row, "id"),
  namespace: readText(row, "namespace"),
  name: readText(row, "name"),
  template: readText(row, "template"),
  clientId: readText(row, "client_id"),
  hosts: readTexts(row, "hosts"),
  version: readVersion(row, "version"),
  createdAt: readDate(row, "created_at"),
  updatedAt: readDate(row, "updated_at"),
});
