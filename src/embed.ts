import type { MikroORM } from "@mikro-orm/core";
import { type Authenticator, createAccessPolicy, createAuthenticator } from "./access/index.ts";
import type { Acquisition } from "./acquisition/index.ts";
import type { AuthorizationFlow } from "./authorization-flow/index.ts";
import { type BrokerCore, createBrokerCore, graceOf, prepareStore } from "./broker.ts";
import { type BrokerConfig, loadConfig } from "./config/index.ts";
import { BrokerError, OperatorError } from "./errors.ts";
import type { CallbackHandler } from "./http-callback/index.ts";
import type { McpServers, OAuthClients } from "./mcp/index.ts";
import type { Registrations } from "./registrations/index.ts";
import { type ProviderRegistry, registry as programRegistry } from "./registry.ts";
import type { RpcHandler } from "./server/index.ts";
import { type Database, type DatabaseSource, openDatabase } from "./store/index.ts";
import { createLogger, createMetrics, type Logger } from "./telemetry/index.ts";
import { SECOND } from "./time.ts";
import type { TokenManager } from "./tokens/index.ts";

export { UnsavedTokensError } from "./broker.ts";

export interface BrokerOptions {
  /** From `loadConfig`. Default: `loadConfig(env)`. */
  readonly config?: BrokerConfig;
  /** Read when there is no `config`; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `postgres://…`; instead of the configured database. */
  readonly databaseUrl?: string;
  /** Your own instance (PostgreSQL or PGlite), with or without the broker's `entities`; it stays open when the broker closes. Instead of the configured database. */
  readonly orm?: MikroORM;
  /** Default true. False when you run `migrations` yourself: a schema that is not there is an error then. */
  readonly migrate?: boolean;
  /** Default true: refresh ahead, revocations and clean-up run in this process. */
  readonly jobs?: boolean;
  /** Default: the program's `registry`. */
  readonly registry?: ProviderRegistry;
  /** Where audit lines of `rpcHandler` and `callbackHandler` go; default: `BROKER_AUDIT_FILE`, else standard output. */
  readonly writeAuditLine?: (line: string) => void;
  /** Who may call `rpcHandler`. Default: API keys if configured; else local programs in development, nobody in production. */
  readonly authenticator?: Authenticator;
  /** Default: JSON lines on standard output. */
  readonly logger?: Logger;
}

/** The broker without ports of its own. */
export interface Broker extends AsyncDisposable {
  /** For `node:http` and `node:http2` servers. False = no path of the broker; nothing was touched. gRPC needs HTTP/2. */
  readonly rpcHandler: RpcHandler;
  /** For `node:http` servers, before any body parser. False = no path of the broker. Its paths lie below the path of `CONNECT_API_BASE`. */
  readonly callbackHandler: CallbackHandler;
  readonly tokens: TokenManager;
  readonly authorizations: AuthorizationFlow;
  readonly registrations: Registrations;
  /** Whether and how an MCP server does OAuth. Authorizations with it begin as any other. */
  readonly mcp: McpServers;
  /** Clients that were registered by hand at the authorization servers of MCP servers. */
  readonly oauthClients: OAuthClients;
  /** Tokens without a browser. */
  readonly acquisition: Acquisition;
  /** The Prometheus text format. */
  metrics(): Promise<string>;
  /** Ends the jobs, waits for what is under way (at most `BROKER_DRAIN_SECONDS`), closes the database if the broker opened it. */
  close(): Promise<void>;
}

/**
 * Opens, checks and migrates the database, registers the providers of the environment and of the program, and starts the background jobs.
 *
 * @throws ConfigError with everything that is wrong in the environment; BrokerError INVALID_REQUEST for a provider of the registry; KeyCheckError; an Error
 *   that names the path or variable when the database cannot be opened.
 */
export const createBroker = async (options: BrokerOptions = {}): Promise<Broker> => {
  await using undo = new AsyncDisposableStack();
  const config = configOf(options);
  const logger = options.logger ?? createLogger({ level: config.logLevel });
  const database = undo.use(await openDatabase(sourceOf(config, options), { logger }));
  const metrics = createMetrics({ poolUse: () => database.poolUse() });
  await ensureSchema(database, options.migrate ?? true);
  const { store, liveness, spool, instance } = await prepareStore(config, database, logger);
  undo.defer(() => liveness.close());
  undo.defer(() => instance.close());
  const authenticator = options.authenticator ?? authenticatorOf(config, logger);
  const core = createBrokerCore(config, {
    store,
    liveness,
    spool,
    instance,
    logger,
    metrics,
    protectedPorts: database.port === undefined ? [] : [database.port],
    authenticator,
    writeAuditLine: options.writeAuditLine,
    policy: createAccessPolicy(config, { logger }),
  });
  for (const provider of (options.registry ?? programRegistry).all())
    core.registrations.registerInCode(provider);
  await core.recover();
  core.readiness.set(true);
  if (options.jobs !== false) core.jobs.start();
  undo.move();
  const {
    rpcHandler,
    callbackHandler,
    tokens,
    authorizations,
    registrations,
    mcp,
    oauthClients,
    acquisition,
  } = core;
  const close = closeOnce(core, database, graceOf(config.drainSeconds * SECOND));
  return {
    rpcHandler,
    callbackHandler,
    tokens,
    authorizations,
    registrations,
    mcp,
    oauthClients,
    acquisition,
    metrics: async () => (await metrics.render()).text,
    close,
    [Symbol.asyncDispose]: close,
  };
};

const closeOnce = (core: BrokerCore, database: Database, graceMs: number): (() => Promise<void>) => {
  const close = async (): Promise<void> => {
    core.drain();
    try {
      await core.close(graceMs);
    } finally {
      await database.close();
    }
  };
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
};

/** A database given in code stands for the one the environment would name, so that the same rules about keys and modes apply. */
const configOf = ({ config, env = process.env, databaseUrl, orm }: BrokerOptions): BrokerConfig => {
  if (config) return config;
  const url = databaseUrl ?? (orm ? HOST_DATABASE : undefined);
  return loadConfig(url === undefined ? env : { ...env, BROKER_DATABASE_URL: url }).config;
};

/** Names no server: the host's instance is the connection. */
const HOST_DATABASE = "postgres://localhost/host";

const sourceOf = (config: BrokerConfig, { databaseUrl, orm }: BrokerOptions): DatabaseSource => {
  if (orm) return { kind: "orm", orm };
  return databaseUrl === undefined
    ? config.database
    : { kind: "postgresql", url: { reveal: () => databaseUrl } };
};

const ensureSchema = async (database: Database, migrate: boolean): Promise<void> => {
  if (migrate) return void (await database.migrate());
  if (await database.isMigrated()) return;
  throw new OperatorError(
    "the broker's tables are not there or are older than this version: run `migrations`, or leave out `migrate: false`",
  );
};

const authenticatorOf = (config: BrokerConfig, logger: Logger): Authenticator => {
  if (!provesCallers(config) && config.mode === "production") return NOBODY;
  return createAuthenticator(
    { ...config, rpcAddress: { kind: "tcp", host: "127.0.0.1", port: 0 } },
    { logger },
  );
};

const provesCallers = ({ apiKeysFile, jwtIssuersFile, clientBundles }: BrokerConfig): boolean =>
  apiKeysFile !== undefined || jwtIssuersFile !== undefined || clientBundles.length > 0;

const NOBODY: Authenticator = {
  authenticate() {
    throw new BrokerError(
      "UNAUTHENTICATED",
      "callers cannot be told apart: set BROKER_API_KEYS_FILE, or give createBroker an authenticator",
    );
  },
};
