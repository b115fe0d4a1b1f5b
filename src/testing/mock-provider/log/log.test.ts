import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "./log.ts";
import { readLog } from "./read-log.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "provider-log-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const note = (what: string) => ({ kind: "control", what, atUs: 1, atWallUs: 2 }) as const;

it("has every line in the file once it is closed, after those of an earlier run", () => {
  const file = join(directory, "appended");
  for (const run of ["first", "second"]) {
    const log = createLog({ file });
    for (let entry = 0; entry < 2000; entry += 1) log.append(note(`${run} ${entry}`));
    log.close();
    log.append(note("too late"));
  }
  const entries = readLog(file);
  expect(entries).toHaveLength(4000);
  expect(entries.at(-1)).toEqual({ kind: "control", seq: 2000, what: "second 1999", atUs: 1, atWallUs: 2 });
});

it("reads the file instead of keeping entries, where it is told not to", () => {
  const log = createLog({ file: join(directory, "lean"), inMemory: false });
  log.append(note("kept on disk"));
  expect(log.entries).toMatchObject([{ what: "kept on disk" }]);
  log.close();
});

it("writes without being closed", async () => {
  const file = join(directory, "flushed");
  const log = createLog({ file });
  log.append(note("soon"));
  await expect.poll(() => readFileSync(file, "utf8")).toContain("soon");
  log.close();
});

it("leaves out the line that a kill cut, and refuses any other that is no entry", () => {
  const file = join(directory, "cut");
  writeFileSync(file, `${JSON.stringify({ seq: 1, ...note("whole") })}\n{"kind":"con`);
  expect(readLog(file)).toMatchObject([{ what: "whole" }]);
  writeFileSync(file, '{"kind":"control"}\n{"kind":"other"}\n');
  expect(() => readLog(file)).toThrow("line 2");
});
