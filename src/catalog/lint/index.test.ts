import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogFile } from "../schema.ts";
import { catalog } from "../templates.ts";
import { unusedHooks } from "./hooks.ts";
import { lintCatalog, type CatalogText } from "./index.ts";

const folder = new URL("../data/", import.meta.url);

/** What lies beside the files of the categories. */
const BESIDE = ["schema.json", "left-out.json", "mcp-servers.json"];

const dataFiles = (): CatalogText[] =>
  readdirSync(folder)
    .filter((file) => !BESIDE.includes(file))
    .map((file) => ({ file, text: readFileSync(new URL(file, folder), "utf8") }));

/** A correct entry, as text of a file of its own with `changes` laid over it. */
const fileWith = (...changes: object[]): CatalogText[] => {
  const entry = {
    name: "acme",
    displayName: "Acme",
    category: "crm",
    confidence: "confirmed",
    sources: ["one", "two"],
    reviewed: "2026-11",
    authorizeUrl: "https://{shop}.acme.com/authorize",
    tokenUrl: "https://{shop}.acme.com/token",
    variables: {
      shop: {
        description: "The shop.",
        pattern: "^[a-z]+$",
        example: "mine",
        host: { suffix: ".acme.com" },
        from: ["registration", "connection"],
      },
    },
    pkce: "s256",
    clientAuthentication: { method: "client_secret_post" },
    scopes: { default: ["read"] },
  };
  const providers = changes.map((change) => ({ ...entry, ...change }));
  return [{ file: "crm.json", text: JSON.stringify({ $schema: "./schema.json", providers }, null, 2) }];
};

const shop = (changes: object) => ({
  variables: {
    shop: {
      description: "The shop.",
      pattern: "^[a-z]+$",
      example: "mine",
      host: { suffix: ".acme.com" },
      from: ["registration", "connection"],
      ...changes,
    },
  },
});

describe("the catalog's data", () => {
  it("has no mistakes", () => {
    expect(lintCatalog(dataFiles())).toEqual([]);
  });

  it("is loaded whole: every file of the folder is imported", () => {
    const names = dataFiles().flatMap(({ text }) =>
      (JSON.parse(text) as { providers: { name: string }[] }).providers.map(({ name }) => name),
    );
    expect([...catalog.keys()].toSorted()).toEqual(names.toSorted());
  });

  it("has the schema file that the zod schema generates", () => {
    expect(JSON.parse(readFileSync(new URL("schema.json", folder), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(z.toJSONSchema(catalogFile))),
    );
  });

  it("asks for every hook that there is", () => {
    expect(unusedHooks([...catalog.values()])).toEqual([]);
  });

  it("says of every entry how far its facts can be trusted", () => {
    const counts = Map.groupBy(catalog.values(), ({ confidence }) => confidence);
    const summary = [...counts].map(([confidence, entries]) => `${entries.length} ${confidence}`);
    console.info(`catalog: ${catalog.size} providers, ${summary.join(", ")}`);
    expect((counts.get("unverified") ?? []).map(({ name }) => name)).toEqual(["render", "freshdesk"]);
  });

  it("names no scope that nobody asks for, no list that is empty", () => {
    const empty = [...catalog.values()].filter(({ aliases, findings, contested, limitations, metadata }) =>
      [aliases, findings, contested, limitations, metadata].some((list) => list?.length === 0),
    );
    expect(empty.map(({ name }) => name)).toEqual([]);
  });
});

describe("lintCatalog", () => {
  it("accepts a correct entry", () => {
    expect(lintCatalog(fileWith({}))).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ["an unknown field", { tokenURL: "https://acme.com" }, /^crm\.json:39 acme: .*tokenURL/],
    ["a wrong type deep inside", { scopes: { default: "read" } }, /^crm\.json:35 acme: scopes\.default /],
    [
      "an unknown field deep inside",
      { scopes: { default: [], separators: "," } },
      /^crm\.json:36 acme: scopes .*separators/,
    ],
    ["a field that is missing", { scopes: undefined }, /^crm\.json:4 acme: scopes /],
    ["a URL without https", { tokenUrl: "http://{shop}.acme.com/token" }, /acme: tokenUrl an https URL/],
    ["a foreign category", { category: "hr" }, /belongs in hr\.json/],
    ["a reserved name", { name: "mcp" }, /reserved/],
    ["a missing URL", { tokenUrl: undefined }, /authorizeUrl or tokenUrl is missing/],
    ["one source only", { sources: ["one"] }, /confirmed needs two sources/],
    ["a contested entry without findings", { confidence: "contested" }, /findings are missing/],
    ["an unverified entry with URLs", { confidence: "unverified", findings: ["x"] }, /ships no URLs/],
    [
      "a verified issuer without evidence",
      { issuer: { value: "https://acme.com", verified: true } },
      /evidence/,
    ],
    ["a describing value", { authorizeRequest: { params: { prompt: "optional" } } }, /describes instead/],
    [
      "a parameter of the flow",
      { authorizeRequest: { params: { state: "x" } } },
      /flow itself sets the parameter state/,
    ],
    ["a scope with a comma", { scopes: { default: ["a,b"] } }, /cannot be told apart/],
    ["a scope that holds its separator", { scopes: { default: ["a:b"], separator: ":" } }, /told apart/],
    ["an undeclared variable", { variables: {} }, /shop is used but not declared/],
    [
      "an unused variable",
      { authorizeUrl: "https://acme.com/a", tokenUrl: "https://acme.com/t" },
      /shop is declared but not used/,
    ],
    ["a pattern without anchors", shop({ pattern: "[a-z]+" }), /not an anchored regular expression/],
    ["a pattern that does not compile", shop({ pattern: "^[a-z$" }), /not an anchored regular expression/],
    ["an example that the pattern refuses", shop({ example: "Mine!" }), /the pattern refuses Mine!/],
    ["a default that the pattern refuses", shop({ default: "1" }), /the pattern refuses 1/],
    ["a suffix that is no domain", shop({ host: { suffix: ".com" } }), /not a registrable domain/],
    [
      "a free host from a connection",
      { ...shop({ host: {} }), authorizeUrl: "https://{shop}/a", tokenUrl: "https://{shop}/t" },
      /chooses the host freely/,
    ],
    [
      "a template that does not end in the suffix",
      { authorizeUrl: "https://{shop}.acme.com.{shop}/a" },
      /chooses the host freely/,
    ],
    [
      "a second open label in the host",
      {
        authorizeUrl: "https://{shop}.{area}/a",
        tokenUrl: "https://acme.com/t",
        variables: { area: shop({ host: {} }).variables.shop },
      },
      /shop is used but not declared/,
    ],
    [
      "a describing value in a header",
      { tokenRequest: { headers: { "User-Agent": "required" } } },
      /describes instead/,
    ],
    [
      "a replaced parameter of the flow that is not dropped",
      { authorizeRequest: { params: { response_type: "token" } } },
      /flow itself sets the parameter response_type/,
    ],
    ["documentation without https", { docsUrl: "http://acme.com/docs" }, /docsUrl is no https URL/],
    [
      "metadata from a host that gets no token",
      { metadata: [{ name: "id", from: "call", url: "https://api.acme.com/me", path: "id" }] },
      /asked for at https:\/\/api\.acme\.com\/me, where usage allows no token/,
    ],
    [
      "a hook that does not exist",
      { hooks: { callback: { name: "trust", documentation: "https://acme.com/docs" } } },
      /no hook trust for callback/,
    ],
    [
      "a hook without its documentation",
      { hooks: { callback: { name: "signedQuery" } } },
      /hooks\.callback\.documentation/,
    ],
    [
      "two metadata entries of one name",
      { metadata: ["token", "callback"].map((from) => ({ name: "id", from, path: "id" })) },
      /one name/,
    ],
  ])("reports %s", (_, change, problem) => {
    expect(lintCatalog(fileWith(change)).join("\n")).toMatch(problem);
  });

  it("reports a variable that has the name of a setting", () => {
    const { variables } = shop({});
    const urls = { authorizeUrl: "https://{scopes}.acme.com/a", tokenUrl: "https://{scopes}.acme.com/t" };
    const problems = lintCatalog(fileWith({ ...urls, variables: { scopes: variables.shop } }));
    expect(problems.join("\n")).toMatch(/scopes has the name of a setting/);
  });

  it("reports names that become one name in the environment", () => {
    const problems = lintCatalog(fileWith({ name: "acme-one" }, { name: "acme_one" }));
    expect(problems.join("\n")).toMatch(
      /acme_one: CONNECT_ACME_ONE_CLIENT_ID belongs to crm\.json:\d+ acme-one/,
    );
  });

  it("reports a name whose settings are those of another name", () => {
    const problems = lintCatalog(fileWith({ name: "acme" }, { name: "acme-login" }, { name: "acme-pkce" }));
    expect(problems).toEqual([]);
    const state = lintCatalog(fileWith({ name: "api" }, { name: "redirect-allow" }));
    expect(state).toEqual([]);
  });

  it("accepts a parameter of the flow that replaces a dropped one", () => {
    const authorizeRequest = { params: { response_type: "auth_code" }, drop: ["response_type"] };
    expect(lintCatalog(fileWith({ authorizeRequest }))).toEqual([]);
  });

  it("reports an alias that is another entry's name or alias, in any spelling", () => {
    const twice = fileWith({ name: "a", aliases: ["the-shop"] }, { name: "b", aliases: ["TheShop"] });
    expect(lintCatalog(twice).join("\n")).toMatch(/b: the alias TheShop belongs to crm\.json:\d+ a already/);
    const named = fileWith({ name: "the-shop" }, { name: "z", aliases: ["the_shop"] });
    expect(lintCatalog(named).join("\n")).toMatch(/z: the alias the_shop belongs to crm\.json:\d+ the-shop/);
  });

  it("lets a connection choose the label where the rest of the host is fixed in every case", () => {
    const { shop: label } = shop({}).variables;
    const { host: _, ...plain } = label;
    const area = {
      description: "The area.",
      pattern: "^(us|eu)$",
      example: "eu",
      values: { us: "acme.com", eu: "acme.eu" },
      from: ["connection"],
    };
    const variables = { shop: plain, area };
    const urls = { authorizeUrl: "https://{shop}.{area}/a", tokenUrl: "https://{shop}.token.acme.com/t" };
    expect(lintCatalog(fileWith({ ...urls, variables }))).toEqual([]);
    const open = { ...urls, authorizeUrl: "https://{shop}.{area}.{shop}/a", variables };
    expect(lintCatalog(fileWith(open)).join("\n")).toMatch(/shop: chooses the host freely/);
  });

  it("reports the same name twice, and entries out of order", () => {
    expect(lintCatalog(fileWith({}, {})).join("\n")).toMatch(/CONNECT_ACME_CLIENT_ID belongs to/);
    expect(lintCatalog(fileWith({ name: "b" }, { name: "a" })).join("\n")).toMatch(/alphabetical/);
  });

  it("reports a file that is not JSON", () => {
    expect(lintCatalog([{ file: "crm.json", text: "{" }])).toEqual(["crm.json: is not JSON"]);
  });
});
