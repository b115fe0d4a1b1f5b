import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Page {
  /** From the top of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

const ROOT = new URL("../../", import.meta.url);

export const inRepository = (path: string): string => fileURLToPath(new URL(path, ROOT));

export const readPage = (path: string): Page => ({ path, text: readFileSync(inRepository(path), "utf8") });

const markdownBelow = (folder: string): string[] =>
  readdirSync(inRepository(folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .toSorted();

const TOP_LEVEL = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/** Everything a stranger may read. */
export const allPages = (): Page[] =>
  [...TOP_LEVEL, "examples/README.md", ...markdownBelow("docs")].map(readPage);

/** The pages that people write; `docs/reference/` is made from code. */
export const writtenPages = (): Page[] =>
  allPages().filter(({ path }) => !path.startsWith("docs/reference/"));

/** The contents of the fenced blocks of one language. */
export const codeBlocks = ({ text }: Page, language: string): string[] =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , code = ""]) => code);

export const withoutBlocks = ({ text }: Page): string => text.replaceAll(/^```.*?^```$/gms, "");

/** Without code, in which no links are meant. */
export const proseOf = (page: Page): string => withoutBlocks(page).replaceAll(/`[^`\n]*`/g, "");

/** Every match of the pattern's first group, each once, with the page it stands on. */
export const mentions = (pages: readonly Page[], pattern: RegExp): { path: string; name: string }[] =>
  pages.flatMap(({ path, text }) =>
    [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].map((name) => ({ path, name })),
  );
