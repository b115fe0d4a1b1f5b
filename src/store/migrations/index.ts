import type { MigrationObject } from "@mikro-orm/core";
import { AccountPinsMigration } from "./account-pins.ts";
import { AuditMigration } from "./audit.ts";
import { InitialMigration } from "./initial.ts";
import { InstanceMigration } from "./instance.ts";
import { KillSwitchesMigration } from "./kill-switches.ts";
import { McpMigration } from "./mcp.ts";
import { RateLimitsMigration } from "./rate-limits.ts";
import { RefreshGuardsMigration } from "./refresh-guards.ts";
import { WatchingMigration } from "./watching.ts";

/**
 * In order. The names are recorded in the database and never change. Each migration but the first replaces `broker_schema_version()`
 * by its position, counted from 1, and keeps old replicas working (expand first, contract a release later).
 */
export const migrations: MigrationObject[] = [
  { name: "Migration001_initial", class: InitialMigration },
  { name: "Migration002_refresh_guards", class: RefreshGuardsMigration },
  { name: "Migration003_mcp", class: McpMigration },
  { name: "Migration004_instance", class: InstanceMigration },
  { name: "Migration005_account_pins", class: AccountPinsMigration },
  { name: "Migration006_audit", class: AuditMigration },
  { name: "Migration007_kill_switches", class: KillSwitchesMigration },
  { name: "Migration008_rate_limits", class: RateLimitsMigration },
  { name: "Migration009_watching", class: WatchingMigration },
];

/** What `broker_schema_version()` answers after the last migration. */
export const SCHEMA_VERSION = migrations.length;
