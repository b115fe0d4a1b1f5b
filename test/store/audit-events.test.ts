import { beforeAll, expect, it } from "vitest";
import { emptyRecord } from "../../src/audit/index.ts";
import type { AuditEventRepository, AuditFilter, Database, NewAuditEvent } from "../../src/store/index.ts";
import { DAY, MINUTE } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { storeOn } from "./fixtures.ts";

describeEachStore("the audit table", (backend) => {
  let database: Database;
  let events: AuditEventRepository;
  beforeAll(async () => {
    database = await backend.open();
    events = storeOn(database).auditEvents;
  });

  const event = (namespace: string, changes: Partial<NewAuditEvent> = {}): NewAuditEvent => ({
    ...emptyRecord("GetToken"),
    namespace,
    ...changes,
  });

  it("keeps what it is given, odd texts too, and answers it newest first in pages", async () => {
    const odd = event("odd", {
      caller: 'a,"b"\\{c}',
      subject: "",
      userId: "NULL",
      mcpServer: "mcp.example:8443",
      version: 2n ** 62n,
      outcome: "BLOCKED",
      rule: "rule 'x'",
      requestId: "r-1",
      details: { scopes: ["a b", '"'], force: true },
    });
    await events.append([odd, event("odd", { method: "second" }), event("odd", { method: "third" })]);
    const first = await events.list({ namespace: "odd" }, { size: 2 });
    expect(first.events.map(({ method }) => method)).toEqual(["third", "second"]);
    const last = await events.list({ namespace: "odd" }, { size: 2, before: first.nextBefore });
    expect(last.nextBefore).toBeUndefined();
    const { id, at, ...kept } = last.events[0]!;
    expect(kept).toEqual(odd);
    expect(id).toBeGreaterThan(0n);
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(MINUTE);
  });

  it("finds by every filter, and nothing of another namespace", async () => {
    const wanted = event("filters", {
      userId: "u",
      connectionId: "c",
      caller: "k",
      method: "m",
      provider: "p",
      outcome: "o",
    });
    await events.append([event("filters"), wanted, { ...wanted, namespace: "elsewhere" }]);
    const found = async (filter: Partial<AuditFilter>): Promise<number> =>
      (await events.list({ namespace: "filters", ...filter }, { size: 10 })).events.length;
    const { userId, connectionId, caller, method, provider, outcome } = wanted;
    const each = [{ userId }, { connectionId }, { caller }, { method }, { provider }, { outcome }];
    expect(await Promise.all(each.map(found))).toEqual([1, 1, 1, 1, 1, 1]);
    const now = new Date();
    const [before, after] = [new Date(now.getTime() - MINUTE), new Date(now.getTime() + MINUTE)];
    expect(await found({ from: before, until: after })).toBe(2);
    expect(await found({ from: after })).toBe(0);
    expect(await found({ until: before })).toBe(0);
  });

  it("forgets what is older than its retention, in batches", async () => {
    const { rows } = await database.sql.run("", "select count(*) as all from audit_events", []);
    const old = Number(rows[0]?.["all"]);
    await moveClock(database, 91 * DAY);
    await events.append([event("new")]);
    expect(await events.deleteOld(90, old - 1)).toBe(old - 1);
    expect(await events.deleteOld(90, old - 1)).toBe(1);
    expect(await events.deleteOld(90, 100)).toBe(0);
    expect((await events.list({ namespace: "new" }, { size: 5 })).events).toHaveLength(1);
  });
});
