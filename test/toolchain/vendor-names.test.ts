/** The engine knows no vendor: what is odd about one is data of the catalog. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";
import { templateNames } from "../../src/catalog/index.ts";

const SOURCES = new URL("../../src/", import.meta.url);

/** Names of providers that are words of protocols, of Node or of plain English, with what they mean here. */
const ORDINARY_WORDS: Readonly<Record<string, string>> = {
  "42": "in the SQLSTATE classes of PostgreSQL's errors",
  backlog: "refreshes that are due and not begun",
  box: "CSS: box-sizing",
  buffer: "Node's Buffer and ArrayBuffer",
  close: "ends a server, a connection or a dialog element",
  delivery: "handing a revocation to the vendor",
  digits: "0 to 9",
  exist: "in sentences: does not exist",
  flat: "Array.prototype.flat and flatMap",
  front: "in sentences: in front of",
  google: "the protobuf packages google.rpc and google.protobuf",
  kit: "the test kit",
  line: "of text",
  ramp: "raising a pace step by step",
  render: "makes pages and metrics",
  segment: "a part of a path or of a JWT",
  slice: "Array.prototype.slice",
};

const isSource = (path: string): boolean =>
  path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.startsWith("catalog/");

const sources = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter(isSource);

/** Every identifier and every text of a program, type names and template texts included; comments are not. */
const textsOf = (code: string): string[] => {
  const texts: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === "object" && node !== null) {
      texts.push(...textOf(node));
      Object.values(node).forEach(visit);
    }
  };
  visit(parseAst(code, { lang: "ts" }));
  return texts;
};

interface Node {
  readonly type?: string;
  readonly name?: unknown;
  readonly value?: unknown;
}

const textOf = ({ type, name, value }: Node): string[] => {
  const text = type === "TemplateElement" ? (value as { raw: string }).raw : (name ?? value);
  return typeof text === "string" ? [text] : [];
};

const MAX_WORDS_OF_A_NAME = 5;

/** `refreshGoogleDrive` → refresh, google, drive, refreshgoogle, googledrive, … */
const runsOfWords = (text: string): string[] => {
  const words = text
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
  return words.flatMap((_, start) =>
    Array.from({ length: Math.min(MAX_WORDS_OF_A_NAME, words.length - start) }, (__, more) =>
      words.slice(start, start + more + 1).join(""),
    ),
  );
};

const plain = (name: string): string => name.replaceAll(/[^a-z0-9]/g, "");
const vendors = new Set(templateNames().map(plain));

const vendorsIn = (code: string): string[] => [
  ...new Set(
    textsOf(code)
      .flatMap(runsOfWords)
      .filter((word) => vendors.has(word)),
  ),
];

describe("the sources outside the catalog", () => {
  const found = sources.flatMap((file) =>
    vendorsIn(readFileSync(new URL(file, SOURCES), "utf8")).map((name) => ({ file, name })),
  );

  it("name no vendor: not in a text, not in an identifier, not in a comparison", () => {
    expect(sources.length).toBeGreaterThan(200);
    expect(found.filter(({ name }) => !Object.hasOwn(ORDINARY_WORDS, name))).toEqual([]);
  });

  it("use every word that is excepted", () => {
    const used = new Set(found.map(({ name }) => name));
    expect(Object.keys(ORDINARY_WORDS).filter((word) => !used.has(word))).toEqual([]);
  });

  it.each([
    ['if (provider === "slack") send();', ["slack"]],
    ["const githubToken = 1;", ["github"]],
    ["call(`https://${host}.zendesk.com`);", ["zendesk"]],
    ["type T = { googleDrive: string };", ["google", "googledrive"]],
    ["switch (name) { case 'google-drive': break; }", ["google", "googledrive"]],
    ["// as slack does\nconst ok = 1;", []],
  ])("would be found out: %s", (code, names) => {
    expect(vendorsIn(code).toSorted()).toEqual(names);
  });
});
