/**
 * Fails when `gen/` is not what `npm run generate` writes today: generates into a temporary directory and names every file that differs.
 * Languages whose plugins this machine lacks are not checked, and it says so.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { announceLeftOut } from "../toolchains/index.ts";
import { generate } from "./generate.ts";

const fresh = mkdtempSync(join(tmpdir(), "token-broker-gen-"));
try {
  const { directories, leftOut } = await generate(fresh);
  const stale = directories.flatMap((directory) => differences(directory, join(fresh, directory)));
  if (stale.length > 0) {
    console.error(`${stale.join("\n")}\ngen/ is out of date: run npm run generate and commit the result`);
    process.exitCode = 1;
  }
  console.log(`checked ${directories.join(", ")}`);
  announceLeftOut("the check of generated code", leftOut);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function differences(committed: string, generated: string): string[] {
  const paths = new Set([...files(committed), ...files(generated)]);
  return [...paths].toSorted().flatMap((path) => {
    const before = read(join(committed, path));
    const after = read(join(generated, path));
    return before === after ? [] : [`${join(committed, path)}: ${verdict(before, after)}`];
  });
}

function verdict(before: string | undefined, after: string | undefined): string {
  if (before === undefined) {
    return "missing";
  }
  return after === undefined ? "no longer generated" : "differs";
}

function files(directory: string): string[] {
  if (!existsSync(directory)) {
    return [];
  }
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
