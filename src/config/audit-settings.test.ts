import { describe, expect, it } from "vitest";
import { load, problemsOf } from "../../test/support/load-config.ts";
import { auditFailures, auditSinks } from "./audit-settings.ts";

describe("BROKER_AUDIT", () => {
  it.each([
    ["json", ["json"]],
    ["table", ["table"]],
    ["json, table", ["json", "table"]],
    ["table,table", ["table"]],
    ["none", []],
    ["none,json", undefined],
    ["file", undefined],
    ["", undefined],
  ])("%j means %j", (text, sinks) => {
    expect(auditSinks.parse(text)).toEqual(sinks);
  });
});

describe("BROKER_AUDIT_ON_FAILURE", () => {
  it.each([
    ["json:refuse", ["json", "table"]],
    ["table:serve", []],
    ["json:refuse,table:serve", ["json"]],
    ["json:serve,table:refuse", ["table"]],
    ["refuse", undefined],
    ["json:maybe", undefined],
    ["json:refuse:x", undefined],
    ["file:serve", undefined],
  ])("%j refuses what %j cannot record", (text, sinks) => {
    expect(auditFailures.parse(text)).toEqual(sinks);
  });
});

describe("settings of the audit record", () => {
  it("name a file whose directory is there", () => {
    expect(problemsOf({ BROKER_AUDIT_FILE: "/nowhere/at/all/audit.log" })).toMatchObject([
      { variable: "BROKER_AUDIT_FILE", problem: expect.stringContaining("does not exist") as string },
    ]);
  });

  it("are warned about where they record nothing", () => {
    const { config, warnings } = load({ BROKER_AUDIT: "none", BROKER_AUDIT_FILE: "/tmp/audit.log" });
    expect(config.audit.sinks).toEqual([]);
    expect(warnings.filter((text) => text.includes("BROKER_AUDIT"))).toHaveLength(2);
  });
});
