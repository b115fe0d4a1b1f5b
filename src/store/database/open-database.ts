import type { Database, DatabaseOptions, DatabaseSource } from "./database.ts";
import { checkKyselyVersion } from "./kysely-version.ts";
import { openPglite } from "./open-pglite.ts";
import { openPostgresql } from "./open-postgresql.ts";
import { useHostOrm } from "./use-host-orm.ts";

/**
 * Opens a database; changes nothing in it. Throws an Error that names the variable or path and the cure when it cannot be used now:
 * nothing was written then.
 */
export const openDatabase = async (source: DatabaseSource, options: DatabaseOptions): Promise<Database> => {
  checkKyselyVersion();
  switch (source.kind) {
    case "postgresql":
      return openPostgresql({ ...options, url: source.url });
    case "pglite":
      return openPglite({ ...options, dataDir: source.dataDir });
    case "orm":
      return useHostOrm(source.orm, options.logger);
  }
};
