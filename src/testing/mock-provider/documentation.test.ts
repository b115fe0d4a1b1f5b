import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADMIN_PREFIX } from "./admin/admin-path.ts";
import { ROUTES } from "./admin/admin-routes.ts";
import { readConfig } from "./json/config.ts";
import { answerForm, readScript, scriptForm } from "./json/script.ts";
import { readSettings, settingForms } from "./json/settings.ts";
import { parseLog } from "./log/read-log.ts";
import { defaultSettings } from "./settings.ts";

const page = readFileSync(
  join(import.meta.dirname, "../../../docs/how-to/test-with-the-mock-provider.md"),
  "utf8",
);

/** The JSON of every curl line to a path, and of every block of JSON. */
const bodiesOf = (path: string): unknown[] =>
  [...page.matchAll(new RegExp(`^curl .*${path} --json '([^']*)'$`, "gm"))].map(([, body = ""]): unknown =>
    JSON.parse(body),
  );

describe("the page about the mock provider", () => {
  it.each([
    ["setting", Object.keys(settingForms)],
    ["field of a script", Object.keys(scriptForm.shape)],
    ["field of an answer", Object.keys(answerForm.shape)],
    ["route", Object.keys(ROUTES).map((name) => name.replace(" ", ` ${ADMIN_PREFIX}`))],
  ])("names every %s", (_, names) => {
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it("tells the defaults", () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)];
    const told = rows.flatMap(([, name = "", value = ""]) =>
      name in settingForms ? [[name, JSON.parse(value)]] : [],
    );
    expect(told.length).toBeGreaterThan(20);
    for (const [name, value] of told)
      expect([name, value]).toEqual([name, defaultSettings[name as keyof typeof defaultSettings] ?? null]);
  });

  it("shows scripts, settings, a configuration and a log line that are read as they stand", () => {
    expect(bodiesOf("/scripts").map(readScript)).toHaveLength(4);
    expect(bodiesOf("/vendors/acme").map(readSettings)).toHaveLength(1);
    const [config = "", entry = ""] = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(
      ([, json = ""]) => json,
    );
    expect([...readConfig(JSON.parse(config)).vendors.keys()]).toEqual([
      "acme",
      "slow",
      "throttled",
      "flaky",
    ]);
    expect(parseLog(entry)).toMatchObject([{ kind: "token", verdict: "issued" }]);
  });
});
