import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/config/index.ts";
import { migrations, openDatabase } from "../../src/store/index.ts";
import { silentLogger as logger } from "../../src/telemetry/index.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";

const run = promisify(execFile);
const program = (name: string) => join(import.meta.dirname, "programs", name);

describe("processes that start at once on an empty PostgreSQL database", () => {
  it("all come up migrated, and one of them ran each migration", async () => {
    const url = await createDatabase(await postgresServerUrl());
    const migrating = Array.from({ length: 4 }, () =>
      run(process.execPath, [program("migrate-database.ts"), url]),
    );
    const ran = (await Promise.all(migrating)).map(({ stdout }) => JSON.parse(stdout) as string[]);
    expect(ran.flat()).toEqual(migrations.map(({ name }) => name));
    await using database = await openDatabase({ kind: "postgresql", url: new Secret(url) }, { logger });
    expect(await database.isMigrated()).toBe(true);
  });
});

describe("processes on one PGlite directory", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "token-broker-processes-"));
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  const start = (command: readonly string[] = []) => {
    const [file, ...args] = [...command, process.execPath, program("write-embedded.ts"), dataDir];
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    return child;
  };
  /** The numbers that a writer acknowledged; grows while it runs. */
  const acknowledged = (child: ChildProcess): number[] => {
    const numbers: number[] = [];
    createInterface({ input: child.stdout! }).on("line", (line) => numbers.push(Number(line)));
    return numbers;
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const refused = async (child: ChildProcess) => {
    let error = "";
    child.stderr!.on("data", (chunk) => (error += String(chunk)));
    const [code] = (await once(child, "close")) as [number];
    return { code, error };
  };

  it("lose no acknowledged row to kill -9, and the next one starts at once", async () => {
    let last = 0;
    for (let round = 0; round < 3; round += 1) {
      const writer = start();
      const numbers = acknowledged(writer);
      await until(() => numbers.length > 20);
      writer.kill("SIGKILL");
      await once(writer, "close");
      expect(numbers[0]).toBeGreaterThan(last);
      last = numbers.at(-1)!;
      await using database = await openDatabase({ kind: "pglite", dataDir }, { logger });
      const { rows } = await database.sql.run("", "select count(*) as rows, max(n) as last from written", []);
      expect(rows[0]!["rows"]).toBe(BigInt(rows[0]!["last"] as number));
      expect(rows[0]!["last"]).toBeGreaterThanOrEqual(last);
    }
  });

  it("are one: the second is refused by name and cure and writes nothing", async () => {
    const writer = start();
    const numbers = acknowledged(writer);
    await until(() => numbers.length > 0);
    const before = readdirSync(dataDir);
    const { code, error } = await refused(start());
    expect(code).toBe(1);
    expect(error).toContain(`another process uses the data directory ${dataDir}`);
    expect(error).toContain("BROKER_DATA_DIR");
    expect(readdirSync(dataDir)).toEqual(before);
    const count = numbers.length;
    await until(() => numbers.length > count + 5);
  });

  it("are one across process namespaces too, where each is pid 1", async (context) => {
    const isolate = ["unshare", "--fork", "--pid", "--kill-child"];
    const possible = await run("unshare", isolate.slice(1).concat("true")).then(
      () => true,
      () => false,
    );
    if (!possible) return context.skip("this machine does not let tests make process namespaces");
    const writer = start(isolate);
    const numbers = acknowledged(writer);
    await until(() => numbers.length > 0);
    expect((await refused(start(isolate))).error).toContain("another process uses the data directory");
    return undefined;
  });
});
