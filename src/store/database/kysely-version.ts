import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { OperatorError } from "../../errors.ts";

/** Hangs for ever once as many backends were ended in mid-transaction as the pool is large. */
const FATAL_VERSION = "0.29.6";
const CURE = `add "overrides": {"kysely": "0.29.9"} to your package.json and install again`;

/** Throws when `@mikro-orm/sql` resolves the release of kysely that it names itself: npm does not carry our override into a host's tree. */
export const checkKyselyVersion = (version: string = resolvedKyselyVersion()): void => {
  if (version === FATAL_VERSION) {
    throw new OperatorError(
      `kysely ${version}, which @mikro-orm/sql would use, stops answering after lost database connections: ${CURE}`,
    );
  }
};

/** kysely exports no package.json: it is looked for above the entry point. */
export const resolvedKyselyVersion = (): string => {
  const fromMikroOrm = createRequire(createRequire(import.meta.url).resolve("@mikro-orm/sql"));
  return versionAbove(dirname(fromMikroOrm.resolve("kysely")));
};

const versionAbove = (directory: string): string => {
  const manifest = readManifest(join(directory, "package.json"));
  if (manifest?.name === "kysely" && manifest.version !== undefined) return manifest.version;
  const parent = dirname(directory);
  if (parent === directory) throw new OperatorError(`the version of kysely cannot be read: ${CURE}`);
  return versionAbove(parent);
};

const readManifest = (path: string): { name?: string; version?: string } | undefined => {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
};
