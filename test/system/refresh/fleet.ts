/** Replicas on a PostgreSQL cluster of their own, a provider whose log judges them, connections, and what is asked of all of them. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../../src/config/index.ts";
import { generateFernetKey, parseKeyRing } from "../../../src/crypto/index.ts";
import { createStore, type Database, openDatabase } from "../../../src/store/index.ts";
import { silentLogger } from "../../../src/telemetry/index.ts";
import {
  brokerEnvironment,
  type MockProvider,
  openGrants,
  startMockProvider,
  type Vendor,
  type VendorSettings,
} from "../../mock-provider/index.ts";
import { canary } from "../../support/canaries.ts";
import { type PostgresCluster, startPostgresCluster } from "../../support/postgres.ts";
import { type Replica, type ReplicaOptions, startReplica } from "../../support/replica-process.ts";
import { call, type Environment, type Selector } from "../deployment.ts";
import { seedConnection } from "./seed.ts";

export interface FleetOptions extends Omit<ReplicaOptions, "name"> {
  readonly replicas: number;
  /** Of the replica in a place, over `env`. */
  readonly envOf?: (place: number, surroundings: Surroundings) => Environment | Promise<Environment>;
  /** Default PostgreSQL. The embedded database has one replica, and no `cluster` or `database`. */
  readonly store?: "postgresql" | "pglite";
  /** Names and settings. Each has one client unless it says otherwise. */
  readonly vendors: Readonly<Record<string, Partial<VendorSettings>>>;
}

/** What a replica needs around it. */
export interface Surroundings {
  /** undefined = an embedded database. */
  readonly databaseUrl: string | undefined;
  readonly provider: MockProvider;
}

export interface Fleet extends AsyncDisposable {
  /** Throws on the embedded database, as `database` does. */
  readonly cluster: PostgresCluster;
  /** The test's own way in; away while the cluster is stopped. */
  readonly database: Database;
  readonly provider: MockProvider;
  vendor(name: string): Vendor;
  /** By place: one that was killed is there until its successor is. */
  readonly replicas: readonly Replica[];
  /** RPC URLs of those that run. */
  readonly targets: () => string[];
  /** Starts a new replica in a place whose process is gone, under the same name. */
  restart(place: number, changes?: Partial<ReplicaOptions>): Promise<Replica>;
  /** Connections to a vendor whose first token works for so long. Their ids are the labels of their grants in the provider's log. */
  connect(vendor: string, count: number, firstTokenSeconds: number): Promise<Selector[]>;
  /** The same for thousands, straight into the database. The sweep leaves them alone until `makeDue`. */
  seed(vendor: string, count: number, firstTokenSeconds: number): Promise<Selector[]>;
  /** From now on every token is due, and ends so many seconds later. */
  makeDue(endsInSeconds: number): Promise<void>;
  connection(selector: Selector): Promise<ConnectionState>;
}

/** Of `GetConnection`. */
export interface ConnectionState {
  readonly status: string;
  readonly version: string;
  readonly lastFailure?: { readonly reason?: string };
}

export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  await using undo = new AsyncDisposableStack();
  const cluster = options.store === "pglite" ? undefined : undo.use(await startPostgresCluster());
  const databaseUrl = await cluster?.createDatabase("fleet");
  const provider = undo.use(
    await startMockProvider({ vendors: withClients(options.vendors), keepsRequests: true }),
  );
  const compiled = mkdtempSync(join(tmpdir(), "token-broker-compiled-"));
  undo.defer(() => rmSync(compiled, { recursive: true, force: true }));
  const encryptionKey = generateFernetKey();
  const env = {
    ...(databaseUrl !== undefined && { BROKER_DATABASE_URL: databaseUrl, BROKER_DATA_DIR: undefined }),
    BROKER_HTTP_ADDR: "127.0.0.1:0",
    CONNECT_TOKEN_ENCRYPTION_KEY: encryptionKey,
    CONNECT_API_BASE: "http://localhost:9",
    // A replica that is restarted twenty times does not compile twenty times.
    NODE_COMPILE_CACHE: compiled,
    ...brokerEnvironment(provider),
    ...options.env,
  };

  const replicas: Replica[] = [];
  const running = new Set<Replica>();
  const add = async (place: number, changes: Partial<ReplicaOptions> = {}): Promise<Replica> => {
    const replica = await startReplica({
      ...options,
      name: `replica-${place + 1}`,
      ...changes,
      env: { ...env, ...(await options.envOf?.(place, { databaseUrl, provider })), ...changes.env },
    });
    replicas[place] = replica;
    running.add(replica);
    void replica.exited.then(() => running.delete(replica));
    return replica;
  };
  undo.defer(async () => void (await Promise.all(replicas.map((replica) => replica.stop()))));
  // The first one migrates and fills the compile cache.
  await add(0);
  await Promise.all(Array.from({ length: options.replicas - 1 }, (_, index) => add(index + 1)));
  const database =
    databaseUrl === undefined
      ? undefined
      : undo.use(
          await openDatabase(
            { kind: "postgresql", url: new Secret(databaseUrl) },
            { logger: silentLogger, poolSize: 4 },
          ),
        );

  const anyone = (): Replica => {
    const all = [...running];
    const replica = all[Math.floor(Math.random() * all.length)];
    if (replica === undefined) throw new Error("no replica runs");
    return replica;
  };
  const connect: Fleet["connect"] = async (vendor, count, firstTokenSeconds) => {
    const labels = Array.from({ length: count }, () => randomUUID());
    const grants = openGrants(provider.vendor(vendor), { labels });
    const expiresAt = new Date(Date.now() + firstTokenSeconds * 1000).toISOString();
    const imports = grants.map(({ label = "", accessToken, refreshToken }) => async (): Promise<Selector> => {
      const selector = { connectionId: label, userId: "ada", provider: vendor };
      await call(anyone(), "ImportToken", { ...selector, accessToken, refreshToken, expiresAt });
      return selector;
    });
    return await inParallel(imports, 16);
  };

  const seed: Fleet["seed"] = async (name, count, firstTokenSeconds) => {
    const vendor = provider.vendor(name);
    const { tokens } = createStore(postgresql(database), {
      keyRing: parseKeyRing(encryptionKey),
      logger: silentLogger,
    });
    const labels = Array.from({ length: count }, () => randomUUID());
    const puts = openGrants(vendor, { labels }).map(
      (grant) => () => seedConnection(tokens, vendor, grant, firstTokenSeconds),
    );
    return await inParallel(puts, 4);
  };

  const resources = undo.move();
  return {
    get cluster() {
      return postgresql(cluster);
    },
    get database() {
      return postgresql(database);
    },
    seed,
    async makeDue(endsInSeconds) {
      await postgresql(database).sql.run(
        "",
        "update connection_tokens set next_refresh_at = broker_now(), expires_at = broker_now() + $1::float8 * interval '1 second'",
        [endsInSeconds],
      );
    },
    provider,
    vendor: (name) => provider.vendor(name),
    replicas,
    targets: () => [...running].map(({ rpcUrl }) => rpcUrl),
    restart: add,
    connect,
    async connection(selector) {
      const { connection } = await call(anyone(), "GetConnection", selector);
      return connection as ConnectionState;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const postgresql = <T>(part: T | undefined): T => {
  if (part === undefined) throw new Error("this fleet runs on the embedded database");
  return part;
};

const withClients = (vendors: FleetOptions["vendors"]): FleetOptions["vendors"] =>
  Object.fromEntries(
    Object.entries(vendors).map(([name, settings]) => [
      name,
      { clients: { [`${name}-client`]: canary("client_secret") }, ...settings },
    ]),
  );

/** Runs the tasks, `width` at a time; answers in their order. */
export const inParallel = async <T>(tasks: readonly (() => Promise<T>)[], width: number): Promise<T[]> => {
  const answers: T[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < tasks.length; index = next++) answers[index] = await tasks[index]!();
  };
  await Promise.all(Array.from({ length: width }, work));
  return answers;
};
