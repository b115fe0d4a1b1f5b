/** What comes along when a program imports the client. */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";

const ROOT = resolve(import.meta.dirname, "../..");

interface Statement {
  readonly type: string;
  readonly source?: { readonly value: string } | null;
}

const importsOf = (file: string): string[] =>
  (parseAst(readFileSync(file, "utf8"), { lang: "ts" }).body as readonly Statement[]).flatMap(({ source }) =>
    source ? [source.value] : [],
  );

interface Closure {
  /** From the top of the repository. */
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

/** Everything that is imported, whatever imports it. */
const closureOf = (entry: string): Closure => {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith(".")) visit(join(dirname(file), specifier));
      else packages.add(specifier);
    }
  };
  visit(join(ROOT, entry));
  return { files: new Set([...files].map((file) => relative(ROOT, file))), packages };
};

const OF_CONNECT_AND_PROTOBUF = /^@(connectrpc\/connect|bufbuild\/protobuf)(\/|$)/;

describe("token-broker/client", () => {
  const { files, packages } = closureOf("src/client/index.ts");

  it("imports Connect and Protobuf, and nothing of Node", () => {
    expect([...packages].filter((name) => !OF_CONNECT_AND_PROTOBUF.test(name))).toEqual([]);
    expect(packages.size).toBeGreaterThan(3);
  });

  it("brings nothing of the broker but the generated messages", () => {
    const others = [...files].filter((file) => !/^(src\/client|gen\/ts-client)\//.test(file));
    expect(others).toEqual([]);
    expect([...files].filter((file) => file.startsWith("src/client/node/"))).toEqual([]);
  });

  it("uses no global of Node's own", () => {
    const texts = [...files]
      .filter((file) => file.startsWith("src/"))
      .map((file) => [file, readFileSync(join(ROOT, file), "utf8")] as const);
    const ofNode = /\b(process|Buffer|setImmediate|__dirname|require)\s*[.(]|import\.meta/;
    expect(texts.filter(([, text]) => ofNode.test(text)).map(([file]) => file)).toEqual([]);
  });
});

it("token-broker/client/node adds connect-node and what it needs of Node", () => {
  const { packages } = closureOf("src/client/node/index.ts");
  const more = [...packages].filter((name) => !OF_CONNECT_AND_PROTOBUF.test(name));
  expect(more.toSorted()).toEqual(["@connectrpc/connect-node", "node:fs", "node:http2"]);
});
