/**
 * Writes the JSON Schema that editors check the catalog's data files with. `--check` compares instead, and
 * fails when the committed file does not say what the zod schema says.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { catalogFile } from "../src/catalog/schema.ts";

const target = fileURLToPath(new URL("../src/catalog/data/schema.json", import.meta.url));
const formatter = fileURLToPath(new URL("../node_modules/.bin/oxfmt", import.meta.url));

/** The content of `src/catalog/data/schema.json`. */
export const catalogSchema = (): unknown => JSON.parse(JSON.stringify(z.toJSONSchema(catalogFile)));

const write = (): void => {
  writeFileSync(target, JSON.stringify(catalogSchema()));
  execFileSync(formatter, [target], { stdio: "ignore" });
};

const check = (): void => {
  if (isDeepStrictEqual(JSON.parse(readFileSync(target, "utf8")), catalogSchema())) return;
  process.stderr.write(`${target} is out of date: run node scripts/generate-catalog-schema.ts\n`);
  process.exitCode = 1;
};

if (import.meta.main) (process.argv.includes("--check") ? check : write)();
