import { describe, expect, it } from "vitest";
import { checkNames, checkReasons } from "../../src/verification/index.ts";
import { readPage } from "./pages.ts";

describe("the page about verifying a provider", () => {
  const { text } = readPage("docs/how-to/verify-a-provider.md");

  it.each([...checkNames, ...checkReasons])("explains `%s`", (name) => {
    expect(text).toContain(`\`${name}\``);
  });
});
