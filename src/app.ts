import { createAuthenticator } from "./access/index.ts";
import type { AuthorizationFlow } from "./authorization-flow/index.ts";
import { type BrokerCore, createBrokerCore, prepareStore } from "./broker.ts";
import { type BrokerConfig, formatListenAddress, type ListenAddress } from "./config/index.ts";
import { createCallbackServer } from "./http-callback/index.ts";
import type { Registrations } from "./registrations/index.ts";
import { createRpcListener, createTelemetryListener, type HealthReport } from "./server/index.ts";
import { type Database, openDatabase } from "./store/index.ts";
import { createLogger, createMetrics, type Logger } from "./telemetry/index.ts";
import { SECOND, systemClock } from "./time.ts";
import type { TokenManager } from "./tokens/index.ts";

/** Where the process listens, as `host:port` or `unix:///path`. */
export interface Addresses {
  readonly rpc: string;
  readonly http: string;
  readonly telemetry: string;
}

export interface AppOverrides {
  /** Default: JSON lines on standard output, at the configured level. */
  readonly logger?: Logger;
  /** Open; migrated by the app, closed by its owner. Default: the configured one. */
  readonly database?: Database;
  /** Default true. Without jobs, tokens are refreshed on read only. */
  readonly jobs?: boolean;
}

/** The broker as a process: database, three listeners, background jobs. */
export interface App extends AsyncDisposable {
  readonly tokens: TokenManager;
  readonly authorizations: AuthorizationFlow;
  readonly registrations: Registrations;
  /** Opens the RPC and telemetry ports, starts the jobs, and is ready. */
  start(): Promise<Addresses>;
  /**
   * Not serving, jobs ended, calls in flight answered, refreshes saved, database closed: within `BROKER_DRAIN_SECONDS`. Rejects when a rotated token could
   * not be saved. The second call waits for the first.
   */
  stop(): Promise<void>;
}

/**
 * Opens and migrates the database, checks the keys and binds the public port (its number may be part of the callback URLs). Whatever is wrong is wrong
 * here: an Error naming the variable or path and the cure.
 */
export const createApp = async (config: BrokerConfig, overrides: AppOverrides = {}): Promise<App> => {
  await using undo = new AsyncDisposableStack();
  const logger = overrides.logger ?? createLogger({ level: config.logLevel });
  const database = overrides.database ?? undo.use(await openDatabase(config.database, { logger }));
  const metrics = createMetrics({ poolUse: () => database.poolUse() });
  const authenticator = createAuthenticator(config, { logger });
  await database.migrate();
  const store = await prepareStore(config, database, logger);
  const callback = createCallbackServer({
    handlers: [(request, response) => core.callbackHandler(request, response)],
  });
  const httpAddress = await callback.listen(config.httpAddress);
  undo.defer(() => callback.close(0));
  const protectedPorts = [portOf(httpAddress), databasePortOf(config)].filter((port) => port !== 0);
  const core: BrokerCore = createBrokerCore(withApiBase(config, httpAddress), {
    store,
    logger,
    metrics,
    protectedPorts,
    authenticator,
  });
  const rpc = createRpcListener(core.rpcHandler);
  const telemetry = createTelemetryListener(metrics, () => healthOf(core, database));

  const open = async (listener: keyof typeof LOG_NAMES, bound: Promise<ListenAddress>): Promise<string> => {
    const address = await bound;
    if (address.kind === "tcp") protectedPorts.push(address.port);
    logger.info("listening", { listener: LOG_NAMES[listener], address: formatListenAddress(address) });
    return formatListenAddress(address);
  };
  const drainMs = config.drainSeconds * SECOND;
  const stop = async (): Promise<void> => {
    const begunMs = systemClock.monotonicMs();
    const leftMs = (): number => Math.max(0, drainMs - (systemClock.monotonicMs() - begunMs));
    core.drain();
    await Promise.all([rpc.close(drainMs), callback.close(drainMs)]);
    const unsaved = await core.close(leftMs());
    await telemetry.close();
    if (overrides.database === undefined) await database.close();
    if (unsaved > 0)
      throw new Error(`${unsaved} refreshed tokens could not be saved: the log names their connections`);
  };
  let stopping: Promise<void> | undefined;
  undo.move();
  return {
    tokens: core.tokens,
    authorizations: core.authorizations,
    registrations: core.registrations,
    async start() {
      const http = await open("http", Promise.resolve(httpAddress));
      const telemetryAddress = await open("telemetry", telemetry.listen(config.telemetryAddress));
      const rpcAddress = await open("rpc", rpc.listen(config.rpcAddress));
      if (overrides.jobs !== false) core.jobs.start();
      core.readiness.set(true);
      return { rpc: rpcAddress, http, telemetry: telemetryAddress };
    },
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };
};

const LOG_NAMES = { rpc: "rpc", http: "callback", telemetry: "telemetry" } as const;

const portOf = (address: ListenAddress): number => (address.kind === "tcp" ? address.port : 0);

/** PostgreSQL's default where the URL names none. */
const databasePortOf = ({ database }: BrokerConfig): number =>
  database.kind === "postgresql" ? Number(new URL(database.url.reveal()).port || 5432) : 0;

/** Unset, `CONNECT_API_BASE` follows the port that was bound. */
const withApiBase = (config: BrokerConfig, http: ListenAddress): BrokerConfig =>
  config.apiBaseFromListener && http.kind === "tcp"
    ? { ...config, apiBase: `http://localhost:${http.port}` }
    : config;

/** A database that is away leaves the process ready: all replicas would flip together, and tokens of its memory would not be served. */
const healthOf = async (core: BrokerCore, database: Database): Promise<HealthReport> => {
  const degraded = await database.ping().then(
    () => [],
    () => ["database"],
  );
  return { ready: core.readiness.serving(), degraded };
};
