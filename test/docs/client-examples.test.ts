import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codeBlocks, inRepository, readPage } from "./pages.ts";

/** Page → language of its blocks → programs that `npm run clients:test` runs. */
const EXAMPLES = {
  "docs/how-to/consume-tokens-from-go.md": ["go", "clients/go/examples/fetch/main.go"],
  "docs/how-to/consume-tokens-from-python.md": [
    "python",
    "clients/python/examples/fetch.py",
    "clients/python/examples/fetch_async.py",
  ],
  "docs/how-to/consume-tokens-from-java.md": [
    "java",
    "clients/java/src/main/java/tokenbroker/example/FetchToken.java",
    "clients/java/src/main/java/tokenbroker/example/ApiKeyCredentials.java",
  ],
} as const;

describe("the programs on the pages about clients are those that are run", () => {
  it.each(Object.entries(EXAMPLES))("%s", (path, [language, ...files]) => {
    const programs = files.map((file) => readFileSync(inRepository(file), "utf8"));
    expect(codeBlocks(readPage(path), language)).toEqual(programs);
  });
});
