import { randomUUID } from "node:crypto";
import type { Sealer } from "../../crypto/index.ts";
import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { drawVersion } from "../tokens/draw-version.ts";
import { readSealed } from "../tokens/token-row.ts";
import { providerContext, type ProviderPlace, readSummary } from "./provider-row.ts";
import type { NewProvider, ProviderRepository, ProviderRow } from "./provider.ts";

const SUMMARY_COLUMNS = "id, namespace, name, template, client_id, hosts, version, created_at, updated_at";
const COLUMNS = `${SUMMARY_COLUMNS}, definition, definition_key_id`;

type Written = "template" | "client_id" | "hosts" | "definition" | "definition_key_id" | "version";

const INSERT = statement<Written | "id" | "namespace" | "name">(
  "providers.insert",
  `insert into providers (id, namespace, name, template, client_id, hosts, definition, definition_key_id, version, created_at, updated_at)
   values (:id, :namespace, :name, :template, :client_id, :hosts, :definition, :definition_key_id, :version, broker_now(), broker_now())
   on conflict (namespace, name) do nothing returning ${COLUMNS}`,
);

const REPLACE = statement<Written | "id" | "current_version">(
  "providers.replace",
  `update providers set template = :template, client_id = :client_id, hosts = :hosts, definition = :definition,
     definition_key_id = :definition_key_id, version = :version, updated_at = broker_now()
   where id = :id and version = :current_version returning ${COLUMNS}`,
);

const FIND = statement<"namespace" | "name">(
  "providers.find",
  `select ${COLUMNS} from providers where namespace = :namespace and name = :name`,
);

const LIST = statement<"namespace">(
  "providers.list",
  `select ${SUMMARY_COLUMNS} from providers where namespace = :namespace order by name`,
);

const LIST_ALL = statement<never>(
  "providers.list_all",
  `select ${SUMMARY_COLUMNS} from providers order by namespace, name`,
);

const DELETE = statement<"namespace" | "name">(
  "providers.delete",
  "delete from providers where namespace = :namespace and name = :name",
);

export const createProviderRepository = (sql: Sql, sealer: Sealer, guard: RowGuard): ProviderRepository => ({
  async insert(namespace, name, provider) {
    const place = { id: randomUUID(), namespace, name, version: await drawVersion(sql) };
    const parameters = { ...place, ...written(sealer, place, provider) };
    return firstRow(sealer, (await execute(sql, INSERT, parameters)).rows);
  },

  async replace(current, provider) {
    const place = { ...current, version: await drawVersion(sql) };
    const parameters = {
      id: current.id,
      current_version: current.version,
      ...written(sealer, place, provider),
    };
    return firstRow(sealer, (await execute(sql, REPLACE, parameters)).rows);
  },

  async find(namespace, name) {
    return firstRow(sealer, (await execute(sql, FIND, { namespace, name })).rows);
  },

  async list(namespace) {
    return guard.readAll((await execute(sql, LIST, { namespace })).rows, readSummary);
  },

  async listAll() {
    return guard.readAll((await execute(sql, LIST_ALL, {})).rows, readSummary);
  },

  async delete(namespace, name) {
    return (await execute(sql, DELETE, { namespace, name })).count > 0;
  },
});

const written = (sealer: Sealer, place: ProviderPlace, provider: NewProvider) => {
  const sealed = sealer.seal(provider.definition, providerContext(place, provider));
  return {
    template: provider.template,
    client_id: provider.clientId,
    hosts: provider.hosts,
    definition: sealed.ciphertext,
    definition_key_id: sealed.keyId,
    version: place.version,
  };
};

const firstRow = (sealer: Sealer, [row]: readonly SqlRow[]): ProviderRow | undefined => {
  if (!row) return undefined;
  const summary = readSummary(row);
  return {
    ...summary,
    definition: sealer.open(readSealed(row, "definition"), providerContext(summary, summary)),
  };
};
