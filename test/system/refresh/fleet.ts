/** Replicas on a PostgreSQL cluster of their own, connections at a provider that is watched, and what is asked of all of them. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../../src/config/index.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import { silentLogger } from "../../../src/telemetry/index.ts";
import { type PostgresCluster, startPostgresCluster } from "../../support/postgres.ts";
import { type ProviderOptions, startTestProvider } from "../../support/provider.ts";
import { type Replica, type ReplicaOptions, startReplica } from "../../support/replica-process.ts";
import { call, createDeployment, declared, newClient, type Selector } from "../deployment.ts";
import { watchProvider, type WatchedProvider } from "./refresh-log.ts";

const PROVIDER = "mock";

export interface FleetOptions extends Omit<ReplicaOptions, "name"> {
  readonly replicas: number;
  readonly provider?: ProviderOptions;
}

export interface Fleet extends AsyncDisposable {
  readonly cluster: PostgresCluster;
  readonly databaseUrl: string;
  /** The test's own way in; away while the cluster is stopped. */
  readonly database: Database;
  readonly watched: WatchedProvider;
  /** By place: one that was killed is there until its successor is. */
  readonly replicas: readonly Replica[];
  /** RPC URLs of those that run. */
  targets(): string[];
  /** Starts a new replica in a place whose process is gone, under the same name. */
  restart(place: number, changes?: Partial<ReplicaOptions>): Promise<Replica>;
  /** Connections whose first token works for so long. */
  connect(count: number, firstTokenSeconds: number): Promise<Selector[]>;
  /** `GetConnection`. */
  connection(selector: Selector): Promise<ConnectionState>;
}

export interface ConnectionState {
  readonly status: string;
  readonly version: string;
  readonly lastFailure?: { readonly reason?: string };
}

export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  await using undo = new AsyncDisposableStack();
  const client = newClient();
  const cluster = undo.use(await startPostgresCluster());
  const databaseUrl = await cluster.createDatabase("fleet");
  const provider = undo.use(
    await startTestProvider({ clients: { [client.id]: client.secret }, ...options.provider }),
  );
  const watched = watchProvider(provider, client.id);
  const compiled = mkdtempSync(join(tmpdir(), "token-broker-compiled-"));
  undo.defer(() => rmSync(compiled, { recursive: true, force: true }));
  const { env } = createDeployment(databaseUrl, {
    ...declared(PROVIDER, provider, client),
    // A replica that is restarted twenty times does not compile twenty times.
    NODE_COMPILE_CACHE: compiled,
    BROKER_DRAIN_SECONDS: "20",
    ...options.env,
  });

  const start = (place: number, changes?: Partial<ReplicaOptions>): Promise<Replica> =>
    startReplica({ ...options, name: `replica-${place + 1}`, ...changes, env: { ...env, ...changes?.env } });
  const replicas: Replica[] = [];
  const running = new Set<Replica>();
  const add = async (place: number, changes?: Partial<ReplicaOptions>): Promise<Replica> => {
    const replica = await start(place, changes);
    replicas[place] = replica;
    running.add(replica);
    void replica.exited.then(() => running.delete(replica));
    return replica;
  };
  undo.defer(async () => void (await Promise.all(replicas.map((replica) => replica.stop()))));
  // The first one migrates and fills the compile cache.
  await add(0);
  await Promise.all(Array.from({ length: options.replicas - 1 }, (_, index) => add(index + 1)));
  const database = await openDatabase(
    { kind: "postgresql", url: new Secret(databaseUrl) },
    { logger: silentLogger, poolSize: 4 },
  );
  undo.defer(() => database.close());

  const oneOf = (): Replica => {
    const [replica] = [...running].toSorted(() => Math.random() - 0.5);
    if (replica === undefined) throw new Error("no replica runs");
    return replica;
  };
  const connectOne = async (firstTokenSeconds: number): Promise<Selector> => {
    const connectionId = randomUUID();
    const selector = { connectionId, userId: "ada", provider: PROVIDER };
    const expiresAt = new Date(Date.now() + firstTokenSeconds * 1000).toISOString();
    await call(oneOf(), "ImportToken", { ...selector, ...watched.open(connectionId), expiresAt });
    return selector;
  };

  const resources = undo.move();
  return {
    cluster,
    databaseUrl,
    database,
    watched,
    replicas,
    targets: () => [...running].map(({ rpcUrl }) => rpcUrl),
    restart: add,
    connect: (count, firstTokenSeconds) =>
      inParallel(
        Array.from({ length: count }, () => () => connectOne(firstTokenSeconds)),
        16,
      ),
    async connection(selector) {
      const { connection } = await call(oneOf(), "GetConnection", selector);
      return connection as ConnectionState;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

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
