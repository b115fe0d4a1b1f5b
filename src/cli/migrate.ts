import { loadConfig } from "../config/index.ts";
import { createLogger } from "../telemetry/index.ts";
import type { CommandIo } from "./io.ts";

/** Brings the database's schema up to date and ends. Any number of processes may do so at once. @throws ConfigError. */
export const migrate = async (io: CommandIo): Promise<void> => {
  const { config } = loadConfig(io.environment);
  const { openDatabase } = await import("../store/index.ts");
  await using database = await openDatabase(config.database, { logger: createLogger({ level: "warn" }) });
  const applied = await database.migrate();
  io.print(
    applied.length === 0
      ? "The schema is up to date."
      : ["Applied", ...applied.map((name) => `  ${name}`)].join("\n"),
  );
};
