import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  answerForm,
  failForm,
  hideForm,
  kitForm,
  restartForm,
  seedForm,
  visitForm,
} from "./control/forms.ts";
import { ROUTES } from "./control/routes.ts";
import { readKitSeed } from "./kit-seed.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const PAGES = ["docs/how-to/test-your-service.md", "test/clients/README.md"];

describe.each(PAGES)("%s", (path) => {
  const page = readFileSync(join(REPOSITORY, path), "utf8");

  it("names every route of the control API, and no other", () => {
    const told = [...page.matchAll(/^\| `((?:GET|POST) \/[^`]*)`/gm)].map(([, name = ""]) => name);
    expect(told.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  });

  it.each([
    ["a seeded connection", Object.keys(seedForm.shape)],
    ["an answer of the API", Object.keys(answerForm.shape)],
    ["a visit", Object.keys(visitForm.shape)],
    ["a restart", Object.keys(restartForm.shape)],
    ["a failure", Object.keys(failForm.shape)],
    ["what is hidden", Object.keys(hideForm.shape)],
  ])("names every field of %s", (_, names) => {
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

it("the page shows a seed that is read as it stands", () => {
  const page = readFileSync(join(REPOSITORY, PAGES[0] ?? ""), "utf8");
  const [, seed = ""] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];
  const { providers, connections } = readKitSeed(seed);
  expect(Object.keys(providers ?? {})).toEqual(["acme", "legacy"]);
  expect(connections).toHaveLength(2);
  const forms = Object.keys(kitForm.shape.providers.unwrap().valueType.shape);
  expect(forms.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

it.each([
  ["{", "--seed: no JSON"],
  ["/nowhere.json", "--seed: the file cannot be read"],
  ['{"connections": [{"expiresInSeconds": -1}]}', "--seed: connections.0.expiresInSeconds: "],
  ['{"providers": {"acme": {"settings": {"graceSeconds": 3}}}}', "--seed: providers.acme.settings: "],
  ['{"connection": []}', "--seed: the whole: "],
])("a seed %s is refused with words", (seed, message) => {
  expect(() => readKitSeed(seed)).toThrow(message);
});
