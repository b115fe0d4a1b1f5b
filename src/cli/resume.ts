import { loadConfig } from "../config/index.ts";
import { OperatorError } from "../errors.ts";
import { createLogger } from "../telemetry/index.ts";
import type { CommandIo } from "./io.ts";

/** Says that the database belongs to this `BROKER_INSTANCE_ID`: its replicas refresh, and those of the one before do not. @throws ConfigError. */
export const resume = async (io: CommandIo): Promise<void> => {
  const { config } = loadConfig(io.environment);
  if (config.instanceId === undefined)
    throw new OperatorError(
      "BROKER_INSTANCE_ID is unset: set it to the id that the replicas of this database have",
    );
  const { createStore, openDatabase } = await import("../store/index.ts");
  const logger = createLogger({ level: "warn" });
  await using database = await openDatabase(config.database, { logger, poolSize: 1 });
  if (!(await database.isMigrated()))
    throw new OperatorError("the schema is older than this version: run `token-broker migrate` first");
  const { instance } = createStore(database, { keyRing: config.keyRing, logger });
  const before = await instance.replace(config.instanceId);
  io.print(
    before === config.instanceId
      ? `The database belonged to ${config.instanceId} already.`
      : `The database belongs to ${config.instanceId} now${before === undefined ? "" : `, and no longer to ${before}`}. Its replicas refresh within five seconds.`,
  );
};
