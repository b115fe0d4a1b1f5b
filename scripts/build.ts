/**
 * Compiles the published package: `src/x.ts` becomes `dist/x.js`, so that a path beside the sources (`../package.json`) holds in both,
 * and what lies in `gen/` comes below `dist/gen/`, one folder nearer than in the repository: the imports of it are rewritten.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const STAGING = ".cache/build";
const OUTPUT = "dist";
const RELATIVE_IMPORT = /(?<=\b(?:from|import|import\() ?)"(\.{1,2}\/[^"]+)"/g;

compile();
takeOver();
copyData();
const files = readdirSync(OUTPUT, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(js|d\.ts)$/.test(path))
  .map((path) => join(OUTPUT, path));
for (const file of files) {
  rewriteImports(file);
}
const broken = files.flatMap(unresolvedImports);
if (broken.length > 0) {
  throw new Error(`imports that lead nowhere:\n${broken.join("\n")}`);
}
chmodSync(join(OUTPUT, "main.js"), 0o755);

function compile(): void {
  rmSync(STAGING, { recursive: true, force: true });
  const { status } = spawnSync("tsc", ["--project", "tsconfig.build.json"], { stdio: "inherit" });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
}

function takeOver(): void {
  rmSync(OUTPUT, { recursive: true, force: true });
  renameSync(join(STAGING, "src"), OUTPUT);
  renameSync(join(STAGING, "gen"), join(OUTPUT, "gen"));
}

/** What the compiler does not emit: pages, styles, data that is read rather than imported. */
function copyData(): void {
  cpSync("src", OUTPUT, { recursive: true, filter: (path) => !path.endsWith(".ts") });
}

/** Besides the way to `gen/`, the ending in declarations: the compiler leaves `.ts` there, which the package does not contain. */
function rewriteImports(file: string): void {
  const source = readFileSync(file, "utf8");
  const rewritten = source.replaceAll(RELATIVE_IMPORT, (_, path: string) => {
    const target = path.replace(/^(\.\.\/)+(?=gen\/ts)/, wayToOutput(file)).replace(/\.ts$/, ".js");
    return `"${target}"`;
  });
  if (rewritten !== source) {
    writeFileSync(file, rewritten);
  }
}

function wayToOutput(file: string): string {
  return `${relative(dirname(file), OUTPUT) || "."}/`;
}

function unresolvedImports(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(RELATIVE_IMPORT)].flatMap(([, path = ""]) =>
    existsSync(resolve(dirname(file), path)) ? [] : [`${file}: ${path}`],
  );
}
