import type { MigrationObject } from "@mikro-orm/core";
import { InitialMigration } from "./initial.ts";
import { McpMigration } from "./mcp.ts";
import { RefreshGuardsMigration } from "./refresh-guards.ts";

/**
 * In order. The names are recorded in the database and never change. Each migration but the first replaces `broker_schema_version()`
 * by its position, counted from 1, and keeps old replicas working (expand first, contract a release later).
 */
export const migrations: MigrationObject[] = [
  { name: "Migration001_initial", class: InitialMigration },
  { name: "Migration002_refresh_guards", class: RefreshGuardsMigration },
  { name: "Migration003_mcp", class: McpMigration },
];

/** What `broker_schema_version()` answers after the last migration. */
export const SCHEMA_VERSION = migrations.length;
