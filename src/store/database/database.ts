import type { MikroORM } from "@mikro-orm/core";
import type { Client, ClientConfig } from "pg";
import type { Logger, PoolUse } from "../../telemetry/index.ts";
import type { Sql } from "./sql.ts";

/** A connection outside the pool, not yet connected; what is given comes on top of the pool's own settings. */
export type NewClient = (settings: ClientConfig) => Client;

/** An open database. Everything but `sql` is for the program around the store. */
export interface Database extends AsyncDisposable {
  readonly kind: "postgresql" | "pglite";
  /** Where the server listens; undefined = in this process. */
  readonly port: number | undefined;
  readonly orm: MikroORM;
  /** For the repositories of this room. */
  readonly sql: Sql;
  /** undefined = the database lives in this process and has one connection. */
  readonly newClient: NewClient | undefined;
  /** Answers the names of the migrations it ran; any number of processes may call it at once on an empty database. Never runs anything on a newer schema. */
  migrate(): Promise<readonly string[]>;
  /** The schema is that of this version or a newer one, whoever migrated. */
  isMigrated(): Promise<boolean>;
  /** Throws `STORE_UNAVAILABLE` within about a second when the database is away, does not answer, or takes no writes. */
  ping(): Promise<void>;
  poolUse(): PoolUse;
  /** A host's own MikroORM instance stays open. */
  close(): Promise<void>;
}

export type DatabaseSource =
  | {
      readonly kind: "postgresql";
      /** A `Secret`: `postgres://user:password@host:port/name?sslmode=…`, read by the rules of libpq. */
      readonly url: { reveal(): string };
    }
  | {
      readonly kind: "pglite";
      /** Created with mode 0700; one process at a time. "memory://" = nothing on disk. */
      readonly dataDir: string;
    }
  | {
      readonly kind: "orm";
      /** A host's instance, opened by `@mikro-orm/postgresql` or `@mikro-orm/pglite`. */
      readonly orm: MikroORM;
    };

export interface DatabaseOptions {
  /** Connections at most; default 10. PGlite has one. A host's instance has its own. */
  readonly poolSize?: number;
  readonly logger: Logger;
}
