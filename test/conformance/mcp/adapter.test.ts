/** The adapter proves the broker only as long as it does none of the broker's work. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";

const REPOSITORY = resolve(import.meta.dirname, "../../..");
const ADAPTER = join(import.meta.dirname, "adapter");

/** What a program that takes part in OAuth cannot do without. */
const WORDS_OF_OAUTH = ["well-known", "code_challenge", "token_endpoint"];

const MAY_IMPORT = /^(node:.*|@connectrpc\/connect(-node)?)$/;

const adapterFiles = readdirSync(ADAPTER, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => join(ADAPTER, path));

interface ModuleNode {
  readonly type?: string;
  readonly source?: { readonly value?: unknown } | null;
}

/** Every module that a file names in an import or a re-export, types and dynamic imports included. */
const importsOf = (file: string): string[] => {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === "object" && node !== null) {
      const { type = "", source } = node as ModuleNode;
      if (/^(Import|Export)/.test(type) && source) found.push(String(source.value));
      Object.values(node).forEach(visit);
    }
  };
  visit(parseAst(readFileSync(file, "utf8"), { lang: "ts" }));
  return found;
};

/** The files that the adapter consists of when it runs, generated messages aside. */
const reachableFiles = (): string[] => {
  const reached = new Set(adapterFiles);
  for (const file of reached) {
    const targets = importsOf(file)
      .filter((name) => name.startsWith("."))
      .map((name) => join(dirname(file), name));
    for (const target of targets) if (!isGenerated(target)) reached.add(target);
  }
  return [...reached];
};

const isGenerated = (file: string): boolean => file.startsWith(join(REPOSITORY, "gen/ts") + sep);

const named = (files: readonly string[]): string[] => files.map((file) => relative(REPOSITORY, file));

describe("the adapter of the MCP conformance suite", () => {
  it("is made of its own files, a browser and generated messages", () => {
    const others = reachableFiles().filter((file) => !adapterFiles.includes(file));
    expect(named(others)).toEqual(["test/support/browser.ts"]);
  });

  it.each(named(reachableFiles()))("%s imports no library but Connect, and nothing of the broker", (file) => {
    const imports = importsOf(join(REPOSITORY, file));
    const packages = imports.filter((name) => !name.startsWith("."));
    expect(packages.filter((name) => !MAY_IMPORT.test(name))).toEqual([]);
    const paths = imports.filter((name) => name.startsWith(".")).map((name) => join(dirname(file), name));
    expect(paths.filter((path) => path.startsWith("src/"))).toEqual([]);
  });

  it.each(named(reachableFiles()))("%s has no word of OAuth's machinery", (file) => {
    const text = readFileSync(join(REPOSITORY, file), "utf8");
    expect(WORDS_OF_OAUTH.filter((word) => text.includes(word))).toEqual([]);
  });
});
