/** What is measured: brokers with due connections, at providers that answer at once and at providers far away. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { MOST_CALLS } from "../../src/tokens/pace.ts";
import {
  brokerEnvironment,
  defaultSettings,
  type ProviderProcess,
  type RemoteVendor,
  startProviderProcess,
} from "../../test/mock-provider/index.ts";
import { startPostgresCluster } from "../../test/support/postgres.ts";
import { type ServerProcess, startServer } from "../server-process.ts";
import { type DueRows, seedRows } from "./due-rows.ts";
import { type Plan } from "./measure.ts";
import { countStatements } from "./statement-counts.ts";

const DISTANT_MS = 300;

/** Connections enough for so many refreshes a second, where the provider sets no limit; a faster broker is done before the time is over. */
const ENOUGH_PER_SECOND = 1_500;

/** Beside the measured time: for the sweep to begin and to get up to speed. */
const EXTRA_SECONDS = 5;

export interface Subject {
  name: string;
  server: ServerProcess;
  vendors: readonly RemoteVendor[];
  rows: DueRows;
  /** Calls at a time that the broker allows itself, of all its providers together. */
  mostCalls: number;
  /** Between a provider's request and its answer. */
  latencyMs: number;
  /** Statements that PostgreSQL executed for it so far. */
  statements(): Promise<number | undefined>;
  /** The same without concurrency. */
  oneAtATime?: Subject;
}

export interface Subjects extends AsyncDisposable {
  list: Subject[];
}

interface Kind {
  name: string;
  vendors: readonly string[];
  latencyMs: number;
  isOneAtATime?: boolean;
}

const AT_ONCE: Kind = { name: "1 provider, 0 ms", vendors: ["near"], latencyMs: 0 };
const DISTANT: Kind = { name: `1 provider, ${DISTANT_MS} ms`, vendors: ["far-1"], latencyMs: DISTANT_MS };
const MANY_DISTANT: Kind = {
  name: `4 providers, ${DISTANT_MS} ms`,
  vendors: ["far-1", "far-2", "far-3", "far-4"],
  latencyMs: DISTANT_MS,
};

export async function startSubjects(plan: Plan, progress: (text: string) => void): Promise<Subjects> {
  const resources = new AsyncDisposableStack();
  try {
    const start = await createStarter(resources, plan, progress);
    const list: Subject[] = [];
    for (const kind of [AT_ONCE, DISTANT]) {
      const name = `${kind.name}, one at a time`;
      const oneAtATime = await start({ ...kind, name, isOneAtATime: true });
      list.push({ ...(await start(kind)), oneAtATime }, oneAtATime);
    }
    list.push(await start(MANY_DISTANT));
    return { list, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/** One server and one provider for all, a database for each: nobody sweeps what is another's. */
async function createStarter(
  resources: AsyncDisposableStack,
  { durationMs }: Plan,
  progress: (text: string) => void,
): Promise<(kind: Kind) => Promise<Subject>> {
  const directory = mkdtempSync(join(tmpdir(), "token-broker-bench-"));
  resources.defer(() => rmSync(directory, { recursive: true, force: true }));
  const cluster = resources.use(await startPostgresCluster());
  const counts = resources.use(await countStatements(cluster));
  const provider = resources.use(
    await startProviderProcess({ logFile: join(directory, "provider.ndjson"), vendors: vendorSettings() }),
  );
  let databases = 0;
  return async ({ name, latencyMs, isOneAtATime = false, ...kind }) => {
    progress(`seeding: ${name}`);
    const databaseName = `bench_${(databases += 1)}`;
    const databaseUrl = await cluster.createDatabase(databaseName);
    const encryptionKey = generateFernetKey();
    const vendors = kind.vendors.map((vendor) => provider.vendor(vendor));
    const program = isOneAtATime ? "bench/refresh/one-at-a-time.ts" : "src/main.ts";
    const env = brokerSettings(databaseUrl, encryptionKey, provider, vendors);
    const server = resources.use(await startServer(program, isOneAtATime ? [] : ["serve"], env));
    const seconds = durationMs / 1000 + EXTRA_SECONDS;
    const perSecond = latencyMs === 0 ? ENOUGH_PER_SECOND : MOST_CALLS / (latencyMs / 1000);
    const connectionsPerVendor = Math.ceil(perSecond * seconds);
    const rows = resources.use(await seedRows({ databaseUrl, encryptionKey, vendors, connectionsPerVendor }));
    const mostCalls = isOneAtATime ? 1 : vendors.length * MOST_CALLS;
    const statements = () => counts.executed(databaseName);
    return { name, server, vendors, rows, mostCalls, latencyMs, statements };
  };
}

const vendorSettings = () => {
  const answers = { expiresInSeconds: 24 * 3600 };
  const far = MANY_DISTANT.vendors.map((name) => [name, { ...answers, answerDelayMs: DISTANT_MS }] as const);
  return { near: answers, ...Object.fromEntries(far) };
};

/** The broker as it ships, but for the interval: nobody wants to wait five minutes for a sweep. */
function brokerSettings(
  databaseUrl: string,
  encryptionKey: string,
  { port }: ProviderProcess,
  vendors: readonly RemoteVendor[],
): Record<string, string> {
  const { clients } = defaultSettings;
  const declared = vendors.map((vendor) => [vendor.name, { ...vendor, settings: { clients } }] as const);
  return {
    BROKER_RPC_ADDR: "127.0.0.1:0",
    BROKER_HTTP_ADDR: "127.0.0.1:0",
    BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
    BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND: "0",
    BROKER_DATABASE_URL: databaseUrl,
    BROKER_SWEEP_INTERVAL_SECONDS: "1",
    CONNECT_TOKEN_ENCRYPTION_KEY: encryptionKey,
    ...brokerEnvironment({ port, vendors: new Map(declared) }),
  };
}
