/**
 * Writes the references that are generated from code. `--check` compares instead, and fails naming every file that does not say what
 * the code says today.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { renderConfiguration } from "./docs/configuration.ts";
import { renderErrors } from "./docs/errors.ts";
import { providerPages } from "./docs/providers.ts";

interface Page {
  /** From the top of the repository. */
  readonly path: string;
  readonly render: () => string;
}

const PROVIDERS = "docs/reference/providers";

const PAGES: readonly Page[] = [
  { path: "docs/reference/configuration.md", render: renderConfiguration },
  { path: "docs/reference/errors.md", render: renderErrors },
  ...providerPages().map(({ file, text }) => ({ path: `${PROVIDERS}/${file}`, render: () => text })),
];

const absolute = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const isCurrent = ({ path, render }: Page): boolean =>
  existsSync(absolute(path)) && readFileSync(absolute(path), "utf8") === render();

/** Pages of categories that are no more. */
const strays = (): string[] =>
  readdirSync(absolute(PROVIDERS))
    .map((file) => `${PROVIDERS}/${file}`)
    .filter((path) => !PAGES.some((page) => page.path === path));

const write = (): void => {
  mkdirSync(absolute(PROVIDERS), { recursive: true });
  for (const path of strays()) rmSync(absolute(path));
  for (const { path, render } of PAGES) writeFileSync(absolute(path), render());
};

const check = (): void => {
  const drifted = PAGES.filter((page) => !isCurrent(page))
    .map(({ path }) => path)
    .concat(strays());
  if (drifted.length === 0) return;
  process.stderr.write(
    `${drifted.join("\n")}\nout of date: run npm run docs:generate and commit the result\n`,
  );
  process.exitCode = 1;
};

if (import.meta.main) (process.argv.includes("--check") ? check : write)();
