import { existsSync } from "node:fs";
import { type BrokerConfig, callbackUrl } from "../../config/index.ts";
import { namespaceOf, type Registrations } from "../../registrations/index.ts";
import type { Database, Store } from "../../store/index.ts";
import { silentLogger } from "../../telemetry/index.ts";

type Stored = Pick<Store, "providers" | "tokens">;

/** What the environment says, without a database: nothing is registered by RPC. */
export const environmentRegistrations = async (config: BrokerConfig): Promise<Registrations> =>
  await registrationsOver(config, NOTHING_STORED);

const registrationsOver = async (
  config: BrokerConfig,
  { providers, tokens }: Stored,
): Promise<Registrations> => {
  const { createRegistrations } = await import("../../registrations/index.ts");
  return createRegistrations({
    registrations: config.registrations,
    skipped: config.skipped,
    providers,
    tokens,
    insecureLoopback: config.egress.insecureLoopback,
    logger: silentLogger,
    callbackUrl: (target) => callbackUrl(config.apiBase, target),
  });
};

const readOnly = (): never => {
  throw new Error("the command line registers nothing");
};

const NOTHING_STORED = {
  providers: {
    find: () => Promise.resolve(undefined),
    list: () => Promise.resolve([]),
    listAll: () => Promise.resolve([]),
    insert: readOnly,
    replace: readOnly,
    delete: readOnly,
  },
  tokens: { countByRegistration: () => Promise.resolve(0) },
} as unknown as Stored;

/**
 * Runs `work` with the registrations that a name needs: those of the environment where it knows the name, else those of the database as well. A database
 * that is not there yet holds none, and none is made.
 *
 * @throws Error when the database cannot be opened: an embedded one is open in one process at a time.
 */
export const withRegistrationsFor = async <T>(
  config: BrokerConfig,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  work: (registrations: Registrations) => Promise<T>,
): Promise<T> => {
  const isEnvironments = config.registrations.some((registration) => registration.name === name);
  const mayBeShadowed = namespaceOf(namespace) !== "default";
  if (isEnvironments && !mayBeShadowed) return await work(await environmentRegistrations(config));
  await using database = await openExisting(config);
  if (database === undefined) return await work(await environmentRegistrations(config));
  const { createStore } = await import("../../store/index.ts");
  const store = createStore(database, { keyRing: config.keyRing, logger: silentLogger });
  return await work(await registrationsOver(config, store));
};

const openExisting = async ({ database: source }: BrokerConfig): Promise<Database | undefined> => {
  if (source.kind === "pglite" && !existsSync(source.dataDir)) return undefined;
  const { openDatabase } = await import("../../store/index.ts");
  const database = await openDatabase(source, { logger: silentLogger });
  if (await database.isMigrated()) return database;
  await database.close();
  return undefined;
};
