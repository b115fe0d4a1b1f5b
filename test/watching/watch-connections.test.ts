import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { expect, it } from "vitest";
import type { WatchConnectionsResponse } from "../../gen/ts/tokenbroker/v1/connection_pb.ts";
import { useAcmeApp } from "../server/acme-app.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";
import { follow } from "./follow.ts";

const PATIENCE = { timeout: 10_000, interval: 20 };

describeEachStore("watching connections", (store) => {
  const acme = useAcmeApp({ store });
  const client = () => acme.broker.client("connect binary h2c");
  const grantOf = (namespace: string) => ({
    connectionId: randomUUID(),
    userId: "ada",
    provider: "acme",
    namespace,
  });

  const importToken = async (grant: ReturnType<typeof grantOf>, more = {}) =>
    (await client().importToken({ ...grant, accessToken: canary("access_token"), ...more })).connection!;

  const watch = (namespace: string, sinceRevision = 0n, provider = "") =>
    follow((options) => client().watchConnections({ namespace, sinceRevision, provider }, options));

  /** What is told of whom, heartbeats left out. */
  const told = (events: readonly WatchConnectionsResponse[]) =>
    events.flatMap(({ connection, deleted }) =>
      connection ? [[connection.connectionId, deleted ? "gone" : connection.version]] : [],
    );

  it("begins with every connection there is, then tells what is made, changed and gone", async () => {
    const [one, two, three] = [grantOf("all"), grantOf("all"), grantOf("all")];
    const first = await importToken(one);
    await client().revokeConnection((await importToken(three), three));
    const { events } = watch("all");
    await expect.poll(() => told(events), PATIENCE).toEqual([[one.connectionId, first.version]]);
    await importToken(grantOf("elsewhere"));
    const second = await importToken(two);
    const changed = await importToken(one, { replaceVersion: first.version });
    await client().revokeConnection(two);
    const expected = [
      [one.connectionId, first.version],
      [two.connectionId, second.version],
      [one.connectionId, changed.version],
      [two.connectionId, "gone"],
    ];
    // Two changes of one connection may be told as one.
    await expect.poll(() => told(events).at(-1), PATIENCE).toEqual(expected[3]);
    for (const [index, state] of told(events).entries()) expect(expected.slice(index)).toContainEqual(state);
  });

  it("goes on after a position, with what went in the meantime", async () => {
    const [one, two] = [grantOf("resumed"), grantOf("resumed")];
    await importToken(one);
    await importToken(two);
    const before = watch("resumed");
    await expect.poll(() => told(before.events).length, PATIENCE).toBe(2);
    await expect.poll(() => before.events.at(-1)?.position ?? 0n, PATIENCE).toBeGreaterThan(0n);
    before.leave();
    const position = before.events.at(-1)!.position;
    await client().revokeConnection(one);
    const after = watch("resumed", position);
    await expect.poll(() => told(after.events), PATIENCE).toEqual([[one.connectionId, "gone"]]);
  });

  it("begins anew after a position that this database never reached", async () => {
    const grant = grantOf("restored");
    const { version } = await importToken(grant);
    const { events } = watch("restored", 1_000_000_000n);
    await expect.poll(() => told(events), PATIENCE).toEqual([[grant.connectionId, version]]);
  });

  it("tells of one provider alone where it is asked for", async () => {
    await importToken(grantOf("filtered"));
    const { events } = watch("filtered", 0n, "nobody");
    const all = watch("filtered");
    await expect.poll(() => told(all.events).length, PATIENCE).toBe(1);
    expect(told(events)).toEqual([]);
  });

  it("refuses a malformed namespace", async () => {
    expect((await watch("Not A Namespace").ended)?.code).toBe(Code.InvalidArgument);
  });
});
