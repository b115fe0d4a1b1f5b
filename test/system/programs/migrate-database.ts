/** Migrates the PostgreSQL database of its first argument and prints, as JSON, what it ran. */
import { Secret } from "../../../src/config/index.ts";
import { openDatabase } from "../../../src/store/index.ts";
import { silentLogger } from "../../../src/telemetry/index.ts";

const url = new Secret(process.argv[2] ?? "");
await using database = await openDatabase({ kind: "postgresql", url }, { logger: silentLogger });
console.log(JSON.stringify(await database.migrate()));
