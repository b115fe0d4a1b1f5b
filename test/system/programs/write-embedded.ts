/**
 * Opens the PGlite directory of its first argument, and writes numbered rows until it is killed, printing each number once it is
 * acknowledged. Prints the error and exits 1 when the directory cannot be opened.
 */
import { openDatabase } from "../../../src/store/index.ts";
import { silentLogger } from "../../../src/telemetry/index.ts";

const dataDir = process.argv[2] ?? "";
const database = await openDatabase({ kind: "pglite", dataDir }, { logger: silentLogger }).catch(
  (error: unknown) => {
    console.error(String(error));
    process.exit(1);
  },
);
await database.sql.run("", "create table if not exists written (n int primary key)", []);
const { rows } = await database.sql.run("", "select coalesce(max(n), 0) as n from written", []);
for (let n = Number(rows[0]?.["n"]) + 1; ; n += 1) {
  await database.sql.run("", "insert into written values ($1)", [n]);
  console.log(n);
}
