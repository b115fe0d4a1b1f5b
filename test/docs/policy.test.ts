import { describe, expect, it } from "vitest";
import { parseJwtIssuers, parsePolicy } from "../../src/config/index.ts";
import { codeBlocks, writtenPages } from "./pages.ts";

const blocks = writtenPages().flatMap((page) =>
  codeBlocks(page, "yaml").map((text) => ({ path: page.path, text })),
);
const beginningWith = (word: string) => blocks.filter(({ text }) => text.startsWith(word));

describe("files in the documentation", () => {
  it("are found", () => {
    expect([beginningWith("rules:").length, beginningWith("issuers:").length]).toEqual([1, 2]);
  });

  it.each(beginningWith("rules:"))("are policies: $path", ({ text }) => {
    expect(parsePolicy(text).rules.length).toBeGreaterThan(0);
  });

  it.each(beginningWith("issuers:"))("are issuers: $path", ({ text }) => {
    expect(parseJwtIssuers(text).callers.length).toBeGreaterThan(0);
  });
});
