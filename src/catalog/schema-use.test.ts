import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { providerFacts } from "./schema.ts";

/** What people read, in the catalog's pages, in search and in warnings, and the program does not act on. */
const DOCUMENTATION: ReadonlySet<string> = new Set([
  "aliases",
  "assumed",
  "category",
  "confidence",
  "contested",
  "contested.fact",
  "contested.others",
  "contested.others.sources",
  "contested.others.value",
  "contested.reason",
  "displayName",
  "docsUrl",
  "findings",
  "issuer.evidence",
  "limitations",
  "refresh.grantsPerUser",
  // Whether there is a refresh token is seen in the answer.
  "refresh.issued",
  "refresh.killsAccessToken",
  "reviewed",
  "sources",
  "hooks.authorizeUrl.documentation",
  "hooks.callback.documentation",
  "hooks.tokenAnswer.documentation",
  "hooks.tokenRequest.documentation",
  // Whatever type an answer has, and whatever 2xx, is no obstacle.
  "tokenAnswer.anyContentType",
  "tokenRequest.successStatus",
]);

/** Where completing the facts gives a field another name. */
const READ_AS: Readonly<Record<string, string>> = {
  "callback.tokenHost.parameter": "parameters",
  "expiry.field": "expiresIn",
  "revoke.url": "revokeUrl",
  "revoke.endsConsent": "revokeEndsConsent",
  "tokenRequest.rename": "exchangeRename",
  "authorizeRequest.secondScope.prefix": "secondPrefix",
};

const source = new URL("../", import.meta.url);

/** The program without what only describes, completes or checks the facts. */
const isEngine = (file: string): boolean =>
  file.endsWith(".ts") &&
  !file.endsWith(".test.ts") &&
  !/^catalog\/(facts\/|lint\/|schema|definition|answer-rules|request-rules|oddities|doubt|search)/.test(file);

const program = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter(isEngine)
  .map((file) => readFileSync(new URL(file, source), "utf8"))
  .join("\n");

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Dotted paths of everything that an entry may say, lists and maps left out of them. */
const fieldsOf = (schema: JsonSchema, prefix = ""): string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    prefix + name,
    ...fieldsOf(field, `${prefix}${name}.`),
  ]),
  ...(schema.items ? fieldsOf(schema.items, prefix) : []),
  ...(typeof schema.additionalProperties === "object" ? fieldsOf(schema.additionalProperties, prefix) : []),
  ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((option) => fieldsOf(option, prefix)),
];

const fields = [...new Set(fieldsOf(z.toJSONSchema(providerFacts) as JsonSchema))];

/** `.name`, or `name` in a pattern that takes an object apart. */
const isRead = (name: string): boolean =>
  new RegExp(String.raw`\.${name}\b|[{,]\s*${name}\s*[,:=}]`).test(program);

describe("a field of the catalog's schema", () => {
  it.each(fields.filter((field) => !DOCUMENTATION.has(field)))("%s is read by the program", (field) => {
    expect(isRead(READ_AS[field] ?? field.split(".").at(-1) ?? "")).toBe(true);
  });

  it("is called documentation only as long as it exists", () => {
    expect([...DOCUMENTATION, ...Object.keys(READ_AS)].filter((field) => !fields.includes(field))).toEqual(
      [],
    );
  });

  it("would be missed if nobody read it", () => {
    expect(isRead("aFieldThatNobodyReads")).toBe(false);
  });
});
