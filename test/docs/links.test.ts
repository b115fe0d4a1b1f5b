import { existsSync, statSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { allPages, inRepository, type Page, proseOf, readPage, withoutBlocks } from "./pages.ts";

const LINK = /\]\(([^)\s]+)\)/g;
const HEADING = /^#{1,6} +(.+)$/gm;

/** GitHub's anchor of a heading: lower case, no punctuation, `-` for spaces. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (page: Page): Set<string> =>
  new Set([...withoutBlocks(page).matchAll(HEADING)].map(([, heading = ""]) => anchorOf(heading)));

const isElsewhere = (target: string): boolean => /^[a-z]+:/.test(target);

/** What is wrong with a relative link of a page, if anything. */
const problemOf = (page: Page, target: string): string | undefined => {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? page.path : posix.join(posix.dirname(page.path), file);
  if (path.startsWith("..") || !existsSync(inRepository(path))) return "no such file";
  if (anchor === undefined) return undefined;
  if (!statSync(inRepository(path)).isFile()) return "an anchor in a folder";
  return anchorsOf(readPage(path)).has(anchor) ? undefined : "no such heading";
};

describe("the links of the documentation", () => {
  it.each(allPages())("$path leads only to files and headings that exist", (page) => {
    const targets = [...proseOf(page).matchAll(LINK)].map(([, target = ""]) => target);
    const broken = targets
      .filter((target) => !isElsewhere(target))
      .flatMap((target) => problemOf(page, target)?.concat(`: ${target}`) ?? []);
    expect(broken).toEqual([]);
  });
});
