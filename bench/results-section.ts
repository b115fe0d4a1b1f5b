import { readFileSync, writeFileSync } from "node:fs";

const END = "<!-- results: end -->";

/** Puts results between the markers that a command has on a page, and leaves the rest of the page alone. */
export function writeResults(page: string, command: string, text: string): void {
  const begin = `<!-- results: begin, written by \`${command}\` -->`;
  const current = readFileSync(page, "utf8");
  const from = current.indexOf(begin);
  const until = current.indexOf(END, from);
  if (from === -1 || until === -1) {
    throw new Error(`${page} has no place for results: it needs the lines ${begin} and ${END}`);
  }
  writeFileSync(
    page,
    `${current.slice(0, from + begin.length)}\n\n${text.trimEnd()}\n\n${current.slice(until)}`,
  );
}
