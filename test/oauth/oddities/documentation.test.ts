import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { providerFacts } from "../../../src/catalog/schema.ts";

const folder = new URL("./", import.meta.url);
const page = readFileSync(new URL("README.md", folder), "utf8");

/** Number, and the files that its row names. */
const rows = [...page.matchAll(/^\| (\d+) \|.*\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|$/gm)].map(
  ([, number = "", files = ""]) => ({
    number: Number(number),
    files: [...files.matchAll(/`([a-z-]+)`/g)].map(([, file = ""]) => `${file}.test.ts`),
  }),
);

const isNumbered = (text: string, number: number): boolean =>
  new RegExp(String.raw`\((?:\d+, )*${number}(?:, \d+)*\)|"(?:\d+, )*${number}(?:, \d+)*"`).test(text);

it("the table has every number once", () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 38 }, (_, index) => index + 1));
});

it.each(rows)("oddity $number is tested in $files", ({ number, files }) => {
  for (const file of files) {
    expect(readdirSync(folder)).toContain(file);
    expect(isNumbered(readFileSync(new URL(file, folder), "utf8"), number)).toBe(true);
  }
});

it("the table names fields that exist", () => {
  const schema = JSON.stringify(z.toJSONSchema(providerFacts));
  const named = [...page.matchAll(/`([A-Za-z.*]+)`/g)]
    .map(([, name = ""]) => name.split(".").at(-1) ?? "")
    .filter((name) => /^[a-z]+[A-Z]?[A-Za-z]*$/.test(name));
  const files = readdirSync(folder).map((file) => file.replace(".test.ts", ""));
  const unknown = named.filter(
    (name) => !schema.includes(`"${name}"`) && !files.includes(name) && !["ts", "iss"].includes(name),
  );
  expect(unknown).toEqual([]);
});
