import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { codeBlocks, writtenPages } from "./pages.ts";

const statements = writtenPages().flatMap((page) =>
  codeBlocks(page, "sql").flatMap((code) =>
    code
      .split(";")
      .map((text) => text.trim())
      .filter((text) => text !== "")
      .map((text) => ({ path: page.path, text })),
  ),
);

describeEachStore("SQL in the documentation", (store) => {
  let database: Database;
  beforeAll(async () => {
    database = await store.open();
  });

  it.each(statements)("$path: $text", async ({ text }) => {
    await expect(database.sql.run("", text, [])).resolves.toMatchObject({ rows: expect.any(Array) });
  });
});
