import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { AuditConfig } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { NewAuditEvent } from "../store/index.ts";
import { createMetrics } from "../telemetry/index.ts";
import { type AuditDeps, createAudit } from "./audit.ts";
import { appendToFile } from "./line-writer.ts";
import { emptyRecord } from "./record.ts";

const directory = mkdtempSync(join(tmpdir(), "token-broker-audit-"));
afterAll(() => rmSync(directory, { recursive: true }));

const CONFIG: AuditConfig = {
  sinks: ["json", "table"],
  file: undefined,
  refuseOnFailure: ["table"],
  retentionDays: 90,
};

const away = new BrokerError("STORE_UNAVAILABLE", "away");

const auditWith = (config: Partial<AuditConfig>, broken: { json?: boolean; table?: boolean } = {}) => {
  const lines: string[] = [];
  const rows: NewAuditEvent[] = [];
  const logged: string[] = [];
  const metrics = createMetrics();
  const log = (event: string): void => void logged.push(event);
  const deps: AuditDeps = {
    config: { ...CONFIG, ...config },
    events: {
      async append(events) {
        if (broken.table) throw away;
        rows.push(...events);
      },
      list: async () => ({ events: [], nextBefore: undefined }),
    },
    writeLine(line) {
      if (broken.json) throw new Error("no space left");
      lines.push(line);
    },
    logger: { debug: log, info: log, warn: log, error: log },
    metrics,
  };
  const failures = async (): Promise<string[]> =>
    (await metrics.render()).text.match(/^tokenbroker_audit_failures_total\{.*$/gm) ?? [];
  return { audit: createAudit(deps), lines, rows, logged, failures };
};

const record = { ...emptyRecord("GetToken"), caller: "billing", userId: "user-1", version: 7n };

describe("an audit record", () => {
  it("goes to every sink that is configured", async () => {
    const both = auditWith({});
    await both.audit.record(record);
    expect(both.rows).toEqual([record]);
    expect(JSON.parse(both.lines[0] ?? "")).toMatchObject({
      audit: true,
      method: "GetToken",
      caller: "billing",
      user_id: "user-1",
      version: "7",
      outcome: "OK",
    });
    const none = auditWith({ sinks: [] });
    await none.audit.record(record);
    expect([none.rows, none.lines]).toEqual([[], []]);
  });

  it("that the table does not take refuses the call, unless it is told to serve", async () => {
    const strict = auditWith({}, { table: true });
    await expect(strict.audit.record(record)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      metadata: { cause: "audit_table" },
    });
    expect(strict.lines).toHaveLength(1);
    const lenient = auditWith({ refuseOnFailure: [] }, { table: true });
    await lenient.audit.record(record);
    await lenient.audit.record(record);
    expect(await lenient.failures()).toEqual(['tokenbroker_audit_failures_total{sink="table"} 2']);
    expect(lenient.logged).toEqual(["audit record not written"]);
  });

  it("that cannot be written as a line refuses nothing, unless it is told to", async () => {
    const lenient = auditWith({}, { json: true });
    await lenient.audit.record(record);
    expect(lenient.rows).toHaveLength(1);
    const strict = auditWith({ refuseOnFailure: ["json"] }, { json: true });
    await expect(strict.audit.record(record)).rejects.toMatchObject({ metadata: { cause: "audit_json" } });
    expect(strict.rows).toEqual([]);
  });

  it("holds no text that a database refuses, and none without an end", async () => {
    const { audit, rows } = auditWith({});
    await audit.record({ ...record, userId: `a\0b\ud800${"x".repeat(5000)}`, details: { scopes: ["c\0"] } });
    expect(rows[0]?.userId.slice(0, 4)).toBe("a�b�");
    expect(rows[0]?.userId).toHaveLength(2048);
    expect(rows[0]?.details).toEqual({ scopes: ["c�"] });
  });
});

describe("a file of audit lines", () => {
  it("is the owner's alone, and begins anew when it was moved away", () => {
    const path = join(directory, "audit.log");
    let nowMs = 0;
    const write = appendToFile(path, { monotonicMs: () => nowMs });
    write("one\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    renameSync(path, `${path}.1`);
    nowMs = 2000;
    write("two\n");
    expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual(["one\n", "two\n"]);
  });
});
