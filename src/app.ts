import { createAccessPolicy, createAuthenticator } from "./access/index.ts";
import type { AuthorizationFlow } from "./authorization-flow/index.ts";
import { type BrokerCore, createBrokerCore, graceOf, prepareStore } from "./broker.ts";
import {
  type BrokerConfig,
  type FollowedFile,
  followTls,
  formatListenAddress,
  type ListenAddress,
  type TlsConfig,
  TlsFilesError,
  type TlsMaterial,
} from "./config/index.ts";
import { type CallbackServer, createCallbackServer } from "./http-callback/index.ts";
import type { Resolve } from "./oauth/index.ts";
import type { Registrations } from "./registrations/index.ts";
import {
  createRpcListener,
  createTelemetryListener,
  type HealthReport,
  type RpcHandler,
  type RpcListener,
  type TelemetryListener,
} from "./server/index.ts";
import { type Database, openDatabase, type Store } from "./store/index.ts";
import { createLogger, createMetrics, errorClass, type Logger } from "./telemetry/index.ts";
import { endsWithin, SECOND, systemClock } from "./time.ts";
import type { TokenManager } from "./tokens/index.ts";

export { UnsavedTokensError } from "./broker.ts";

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
  /** What names resolve to for requests that leave. Default: the system's resolver. */
  readonly resolve?: Resolve;
  /** Where audit lines go; default: as configured. */
  readonly writeAuditLine?: (line: string) => void;
  /** Default true. Without jobs, tokens are refreshed on read only. */
  readonly jobs?: boolean;
  /** What the broker sees of its store: tests stop it between two statements, or break one of its laws to prove that they would notice. */
  readonly wrapStore?: (store: Store, database: Database) => Store;
  /** What answers on the RPC port: the test kit counts calls and cuts connections there. */
  readonly wrapRpcHandler?: (handler: RpcHandler) => RpcHandler;
}

/** The broker as a process: database, three listeners, background jobs. */
export interface App extends AsyncDisposable {
  readonly tokens: TokenManager;
  readonly authorizations: AuthorizationFlow;
  readonly registrations: Registrations;
  /** Opens the RPC and telemetry ports, starts the jobs, and is ready. */
  start(): Promise<Addresses>;
  /** Reads again, now, what is read again when it changes: policy, issuers, authorities. */
  reload(): void;
  /**
   * Not serving, jobs ended, calls in flight answered, refreshes saved, database closed: within `BROKER_DRAIN_SECONDS`. The second call waits for the first.
   *
   * @throws UnsavedTokensError when a rotated token is neither in the database nor in the spool.
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
  const protectedPorts: number[] = [];
  const authenticator = createAuthenticator(config, { logger, protectedPorts });
  const policy = createAccessPolicy(config, { logger });
  const database = overrides.database ?? undo.use(await openDatabase(config.database, { logger }));
  const metrics = createMetrics({ poolUse: () => database.poolUse() });
  await database.migrate();
  const { store: opened, liveness, spool, instance } = await prepareStore(config, database, logger);
  undo.defer(() => liveness.close());
  undo.defer(() => instance.close());
  const store = overrides.wrapStore?.(opened, database) ?? opened;
  const callback = createCallbackServer({
    handlers: [(request, response) => core.callbackHandler(request, response)],
    tls: tlsOf(config.httpTls, "callback", logger),
  });
  const http = await callback.listen(config.httpAddress);
  undo.defer(() => callback.close(0));
  protectedPorts.push(...portsOf(http, database.port));
  const { resolve, writeAuditLine } = overrides;
  const parts = {
    store,
    liveness,
    spool,
    instance,
    logger,
    metrics,
    protectedPorts,
    authenticator,
    policy,
    resolve,
    writeAuditLine,
  };
  const core: BrokerCore = createBrokerCore(withApiBase(config, http), parts);
  const rpc = createRpcListener(overrides.wrapRpcHandler?.(core.rpcHandler) ?? core.rpcHandler, {
    tls: tlsOf(config.rpcTls, "rpc", logger),
    timeouts: { maxAgeMs: config.maxConnectionAgeSeconds * SECOND },
  });
  const telemetry = createTelemetryListener(metrics, () => healthOf(core, database));
  const ownDatabase = overrides.database === undefined ? database : undefined;
  const stop = once(() =>
    shutDown({ core, rpc, callback, telemetry, ownDatabase }, config.drainSeconds * SECOND),
  );
  undo.move();
  return {
    tokens: core.tokens,
    authorizations: core.authorizations,
    registrations: core.registrations,
    async start() {
      await core.recover();
      const addresses = {
        http,
        telemetry: await telemetry.listen(config.telemetryAddress),
        rpc: await rpc.listen(config.rpcAddress),
      };
      protectedPorts.push(...portsOf(addresses.telemetry), ...portsOf(addresses.rpc));
      if (overrides.jobs !== false) core.jobs.start();
      core.readiness.set(true);
      return announce(addresses, logger);
    },
    reload() {
      policy.reload();
      authenticator.reload?.();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

/** What a listener shows and believes, following its files. */
const tlsOf = (
  config: TlsConfig | undefined,
  listener: string,
  logger: Logger,
): FollowedFile<TlsMaterial> | undefined =>
  config &&
  followTls(config, {
    onProblem: (error) =>
      logger.error("certificates not reloaded, the last good ones stay in force", {
        listener,
        path: config.certFile,
        error_class: errorClass(error),
        message: error instanceof TlsFilesError ? error.message : undefined,
      }),
  });

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
};

interface RunningParts {
  readonly core: BrokerCore;
  readonly rpc: RpcListener;
  readonly callback: CallbackServer;
  readonly telemetry: TelemetryListener;
  /** Undefined = its owner closes it. */
  readonly ownDatabase: Database | undefined;
}

/** Of the time to drain: for connections to be closed when everything is done, or given up, and for the process to end. */
const CLOSING_MS = 1 * SECOND;
const EXIT_MS = 0.75 * SECOND;

/** In this order: nothing new is begun, what is under way is answered, what was refreshed is saved, and only then the database goes. */
const shutDown = async (parts: RunningParts, drainMs: number): Promise<void> => {
  const { core, rpc, callback, telemetry, ownDatabase } = parts;
  const begunMs = systemClock.monotonicMs();
  const leftOf = (ms: number): number => Math.max(0, begunMs + ms - systemClock.monotonicMs());
  const graceMs = graceOf(Math.max(0.75 * drainMs, drainMs - CLOSING_MS));
  core.drain();
  await Promise.all([rpc.close(graceMs), callback.close(graceMs)]);
  try {
    await core.close(leftOf(graceMs));
  } finally {
    await endsWithin(leftOf(drainMs - EXIT_MS), Promise.all([telemetry.close(), ownDatabase?.close()]));
  }
};

/** As the log calls them. */
const LISTENERS = { rpc: "rpc", http: "callback", telemetry: "telemetry" } as const;

const announce = (bound: Readonly<Record<keyof Addresses, ListenAddress>>, logger: Logger): Addresses => {
  const shown = (name: keyof Addresses): string => {
    const address = formatListenAddress(bound[name]);
    logger.info("listening", { listener: LISTENERS[name], address });
    return address;
  };
  return { http: shown("http"), telemetry: shown("telemetry"), rpc: shown("rpc") };
};

const portsOf = (address: ListenAddress, ...more: readonly (number | undefined)[]): number[] =>
  [address.kind === "tcp" ? address.port : undefined, ...more].filter((port) => port !== undefined);

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
  return { ready: core.readiness.serving(), degraded: [...degraded, ...core.degraded()] };
};
