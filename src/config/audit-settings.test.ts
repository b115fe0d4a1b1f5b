import { describe, expect, it } from "vitest";
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
