import { randomUUID } from "node:crypto";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import {
  DegradedReason,
  type TokenResult,
  type WatchTokenResponse,
} from "../../gen/ts/tokenbroker/v1/token_pb.ts";
import { useAcmeApp } from "../server/acme-app.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { json } from "../support/provider.ts";
import { follow } from "./follow.ts";

const PATIENCE = { timeout: 10_000, interval: 20 };
const HOUR_MS = 3_600_000;

/** A token's version, or the reason of its error. */
const saidBy = (result: TokenResult | undefined): string | bigint | undefined => {
  if (result?.result.case === "token") return result.result.value.version;
  if (result?.result.case !== "error") return undefined;
  return result.result.value.details
    .map((detail) => anyUnpack(detail, ErrorInfoSchema)?.reason)
    .find(Boolean);
};

const statesOf = (events: readonly WatchTokenResponse[]) => events.map(({ result }) => saidBy(result));

describeEachStore("watching tokens", (store) => {
  const acme = useAcmeApp({ store });

  const grantOf = () => ({ connectionId: randomUUID(), userId: "ada", provider: "acme" });
  const client = () => acme.broker.client("connect binary h2c");

  const importToken = async (
    more: { expiresInMs?: number; refreshable?: boolean; scopes?: string[] } = {},
  ) => {
    const grant = grantOf();
    const { expiresInMs = HOUR_MS, refreshable = true, scopes = ["read"] } = more;
    const issued = acme.provider.grants.open({ clientId: "client", scopes });
    const now = await databaseNow();
    const { connection } = await client().importToken({
      ...grant,
      accessToken: issued.accessToken,
      refreshToken: (refreshable && issued.refreshToken) || "",
      scopes,
      expiresAt: { seconds: BigInt(Math.round((now + expiresInMs) / 1000)), nanos: 0 },
    });
    return { grant, version: connection!.version, revision: connection!.revision };
  };

  const databaseNow = async (): Promise<number> => {
    const { rows } = await acme.database.sql.run("", "select broker_now() as now", []);
    return (rows[0]!["now"] as Date).getTime();
  };

  const watch = (request: object, sinceRevision = 0n) =>
    follow((options) => client().watchToken({ request, sinceRevision }, options));

  it("begins with the present state and tells each new version, revocation and return", async () => {
    const { grant, version } = await importToken();
    const { events } = watch(grant);
    await expect.poll(() => statesOf(events), PATIENCE).toEqual([version]);
    const refreshed = await client().refreshToken(grant);
    await expect.poll(() => statesOf(events), PATIENCE).toEqual([version, refreshed.connection?.version]);
    await client().revokeConnection(grant);
    await expect.poll(() => statesOf(events).at(-1), PATIENCE).toBe("CONNECTION_NOT_FOUND");
    const again = await client().importToken({ ...grant, accessToken: canary("access_token") });
    await expect.poll(() => statesOf(events).at(-1), PATIENCE).toBe(again.connection?.version);
    const revisions = events.map(({ revision }) => revision);
    expect(revisions[2]).toBe(0n);
    expect(revisions[3]).toBeGreaterThan(revisions[1]!);
  });

  it("tells of death and recovery, of a block and of scopes", async () => {
    const { grant, version } = await importToken({ scopes: ["read"] });
    const { events } = watch({ ...grant, requiredScopes: ["write"] });
    await expect.poll(() => statesOf(events), PATIENCE).toEqual(["MISSING_SCOPES"]);
    const more = await client().importToken({
      ...grant,
      accessToken: canary("access_token"),
      scopes: ["read", "write"],
      replaceVersion: version,
    });
    await expect.poll(() => statesOf(events).at(-1), PATIENCE).toBe(more.connection?.version);
  });

  it("tells of a death at the provider, while the token still works and when it ends", async () => {
    const { grant, version } = await importToken();
    const { events } = watch(grant);
    await expect.poll(() => events.length, PATIENCE).toBe(1);
    acme.provider.script("token", json({ error: "invalid_grant" }, { status: 400 }));
    await client()
      .refreshToken(grant)
      .catch(() => {});
    await expect.poll(() => events.length, PATIENCE).toBe(2);
    const { result } = events[1]!.result!;
    expect(result.case === "token" && result.value).toMatchObject({
      version,
      degraded: { reason: DegradedReason.REAUTHORIZATION_REQUIRED },
    });
  });

  it("goes on where the caller left: nothing is told twice, and nothing is missed", async () => {
    const { grant, revision } = await importToken();
    const resumed = watch(grant, revision);
    const { connection } = await client().refreshToken(grant);
    await expect.poll(() => statesOf(resumed.events), PATIENCE).toEqual([connection?.version]);
    resumed.leave();
    const late = watch(grant, revision);
    await expect.poll(() => statesOf(late.events), PATIENCE).toEqual([connection?.version]);
  });

  it("keeps what it watches warm: refreshed ahead of expiry although nobody asks", async () => {
    const { grant, version } = await importToken({ expiresInMs: 302_000 });
    const { events } = watch(grant);
    await expect.poll(() => events.length, PATIENCE).toBe(2);
    const [first, second] = statesOf(events);
    expect(first).toBe(version);
    expect(second).toBeGreaterThan(version);
  });

  it("tells that a token has ended which nobody could refresh", async () => {
    const { grant, version } = await importToken({ expiresInMs: 3000, refreshable: false });
    const { events } = watch(grant);
    await expect.poll(() => statesOf(events).at(-1), PATIENCE).toBe("EXPIRED_NOT_REFRESHABLE");
    expect(statesOf(events)[0]).toBe(version);
  });

  it("watches many on one stream, and a malformed one hinders none", async () => {
    const [one, two] = [await importToken(), await importToken()];
    const absent = grantOf();
    const { events } = follow((options) =>
      client().watchTokens(
        {
          watches: [
            { request: one.grant },
            { request: { ...absent, connectionId: "nonsense" } },
            {},
            { request: absent },
            { request: two.grant },
          ],
        },
        options,
      ),
    );
    const states = () => Object.fromEntries(events.map(({ index, event }) => [index, saidBy(event?.result)]));
    await expect.poll(states, PATIENCE).toEqual({
      0: one.version,
      1: "INVALID_REQUEST",
      2: "INVALID_REQUEST",
      3: "CONNECTION_NOT_FOUND",
      4: two.version,
    });
    const { connection } = await client().refreshToken(two.grant);
    await expect.poll(states, PATIENCE).toMatchObject({ 0: one.version, 4: connection?.version });
    expect(events).toHaveLength(6);
  });

  it("writes a record for each token that it sends, and one for the end", async () => {
    const { grant, version } = await importToken();
    const { events, leave } = watch(grant);
    await expect.poll(() => events.length, PATIENCE).toBe(1);
    leave();
    const records = () =>
      acme.broker.auditLines
        .filter((line) => line["connection_id"] === grant.connectionId && line["method"] === "WatchToken")
        .map((line) => [line["outcome"], line["version"]]);
    await expect.poll(records, PATIENCE).toHaveLength(2);
    expect(records()[0]).toEqual(["OK", String(version)]);
  });

  it("refuses a malformed watch at once", async () => {
    const bad = follow((options) => client().watchToken({ request: { userId: "ada" } }, options));
    expect((await bad.ended)?.code).toBe(Code.InvalidArgument);
  });

  describe("in a batch", () => {
    it("answers each item with its token or its status, in order", async () => {
      const [one, two] = [await importToken(), await importToken()];
      const { results } = await client().batchGetTokens({
        requests: [
          two.grant,
          { ...one.grant, requiredScopes: ["nobody"] },
          grantOf(),
          { ...one.grant, connectionId: "nonsense" },
          one.grant,
          two.grant,
        ],
      });
      expect(results.map(saidBy)).toEqual([
        two.version,
        "MISSING_SCOPES",
        "CONNECTION_NOT_FOUND",
        "INVALID_REQUEST",
        one.version,
        two.version,
      ]);
      const codes = results.map(({ result }) => (result.case === "error" ? result.value.code : 0));
      expect(codes).toEqual([0, Code.FailedPrecondition, Code.NotFound, Code.InvalidArgument, 0, 0]);
    });

    it("answers what is ready when the caller's time is over", async () => {
      const fresh = await importToken();
      const slow = await importToken({ expiresInMs: 2000 });
      await moveClock(acme.database, 3000);
      acme.provider.script("token", { fault: "hang" });
      const begunMs = performance.now();
      const { results } = await client().batchGetTokens(
        { requests: [slow.grant, fresh.grant] },
        { timeoutMs: 2000 },
      );
      expect(performance.now() - begunMs).toBeLessThan(2000);
      expect(results.map(saidBy)).toEqual(["DEADLINE_EXCEEDED", fresh.version]);
    });

    it("refuses more than a hundred items, and none", async () => {
      for (const count of [0, 101]) {
        const call = client().batchGetTokens({ requests: Array.from({ length: count }, grantOf) });
        await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument });
      }
    });
  });
});
