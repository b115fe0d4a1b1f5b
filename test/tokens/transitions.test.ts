import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import { type Database, openSpool, type Store } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture, refusal, type TokenFixture } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

interface Line {
  readonly event: string;
  readonly status?: string;
}

/** Which state a log line says that a connection, or a provider, entered. */
const ENTERED: Readonly<Record<string, (line: Line) => string>> = {
  "connection authorized": () => "active",
  "token imported": () => "active",
  "connection changed state": ({ status = "" }) => status,
  "connection revoked": () => "revoked",
  "provider refuses the client, its credentials are not used for now": () => "blocked",
  "provider accepts the client again": () => "unblocked",
  "provider rejects most refreshes, its rejections are not believed for now": () => "held",
  "provider refreshes again": () => "released",
};

const logged = ({ logLines }: TokenFixture): string[] =>
  logLines.map((line) => JSON.parse(line) as Line).flatMap((line) => ENTERED[line.event]?.(line) ?? []);

const COUNTED =
  /^tokenbroker_(?:connection|provider)_transitions_total\{provider="[^"]*",(?:status|state)="(\w+)"\} (\d+)$/gm;

const counted = async ({ metrics }: TokenFixture): Promise<string[]> =>
  [...(await metrics.render()).text.matchAll(COUNTED)].flatMap(([, state = "", count]) =>
    Array.from({ length: Number(count) }, () => state),
  );

/** What was reported since the last call; each in the log and in a counter. */
const createReported = (fixture: TokenFixture) => {
  let seen = 0;
  return async (): Promise<string[]> => {
    const all = logged(fixture);
    expect((await counted(fixture)).toSorted()).toEqual(all.toSorted());
    return all.slice(seen, (seen = all.length));
  };
};

const dead = oauthError("invalid_grant");

describeEachStore("a change of state is one event and one count", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("when refreshes bring it about, and nothing is said when they change nothing", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, provider, authorize, registration, store } = fixture;
    const reported = createReported(fixture);
    const selector = await authorize();
    expect(await reported()).toEqual(["active"]);
    const refresh = async (): Promise<string[]> => {
      await moveClock(database, HOUR);
      await Promise.allSettled([tokens.refreshToken(selector)]);
      await tokens.settle(10_000);
      return await reported();
    };
    expect(await refresh()).toEqual([]);
    provider.always("token", { status: 503 });
    expect(await refresh()).toEqual(["degraded"]);
    expect(await refresh()).toEqual([]);
    provider.always("token", undefined);
    expect(await refresh()).toEqual(["active"]);
    provider.always("token", dead);
    expect(await refresh()).toEqual(["needs_reauth"]);
    expect(await refresh()).toEqual([]);
    await authorize({ selector });
    expect(await reported()).toEqual(["active"]);
    expect(await refresh()).toEqual(["needs_reauth"]);
    await store.providerHealth.beginHold(registration.id, registration.name);
    await store.providerHealth.claimHoldProbe(registration.id);
    await tokens.tendTroubles(untilDone);
    expect(await reported()).toEqual(["degraded"]);
    expect(await refresh()).toEqual([]);
    provider.always("token", undefined);
    expect((await refresh()).toSorted()).toEqual(["active", "released"]);
    await tokens.revokeConnection(selector);
    expect(await reported()).toEqual(["revoked"]);
    await authorize({ selector });
    expect(await reported()).toEqual(["active"]);
  });

  it("when a provider refuses the client, or rejects nearly everybody, whatever number of replicas finds out", async () => {
    const fixture = await createTokenFixture(database);
    const { provider, authorize, manager } = fixture;
    const replicas = [manager(), manager()];
    const reported = createReported(fixture);
    const count = 8;
    for (let i = 0; i < count; i += 1) await authorize();
    await reported();
    const sweep = async (): Promise<string[]> => {
      await moveClock(database, HOUR);
      for (const work of ["sweep", "tendTroubles", "sweep"] as const)
        await Promise.all(replicas.map((replica) => replica[work](untilDone)));
      await Promise.all(replicas.map((replica) => replica.settle(10_000)));
      return (await reported()).toSorted();
    };
    /** What one replica puts off while another finds the trouble over waits a minute longer. */
    const sweepTwice = async (): Promise<string[]> => [...(await sweep()), ...(await sweep())].toSorted();
    const each = (status: string): string[] => Array.from({ length: count }, () => status);
    const { clients } = provider.settings;
    provider.settings.clients = {};
    expect(await sweep()).toEqual(["blocked", ...each("degraded")]);
    expect(await sweep()).toEqual([]);
    provider.settings.clients = clients;
    expect(await sweepTwice()).toEqual([...each("active"), "unblocked"]);
    provider.always("token", dead);
    const outage = await sweep();
    expect(outage.filter((state) => state === "held")).toEqual(["held"]);
    const ended = outage.filter((state) => state === "needs_reauth").length;
    expect(outage.filter((state) => state === "degraded")).toHaveLength(count);
    expect(outage).toHaveLength(1 + ended + count);
    provider.always("token", undefined);
    expect(await sweepTwice()).toEqual([...each("active"), "released"]);
  });

  it("when a token is imported", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, provider, registration } = fixture;
    const reported = createReported(fixture);
    const connectionId = "00000000-0000-4000-8000-00000000000a";
    const grant = provider.grants.open({ clientId: "client" });
    await tokens.importToken({
      connectionId,
      userId: registration.name,
      provider: registration.name,
      ...grant,
    });
    expect(await reported()).toEqual(["active"]);
  });

  describe("when a success comes late, after another replica has given the grant up:", () => {
    const expired = async () => {
      const fixture = await createTokenFixture(database, { refresh: { rotates: true, graceSeconds: 0 } });
      const reported = createReported(fixture);
      const selector = await fixture.authorize();
      await moveClock(database, 3 * HOUR);
      return { ...fixture, reported, selector };
    };

    /** The lease runs out, and the provider is asked with the refresh token that is spent. */
    const giveUp = async ({ tokens, provider, selector, reported }: Awaited<ReturnType<typeof expired>>) => {
      await moveClock(database, 2 * MINUTE);
      provider.script("token", dead);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "REAUTHORIZATION_REQUIRED" });
      expect(await reported()).toEqual(["active", "needs_reauth"]);
    };

    const saving = (store: Store, save: Store["tokens"]["saveRefreshed"]): Store => ({
      ...store,
      tokens: { ...store.tokens, saveRefreshed: save },
    });

    it("the slow one's", async () => {
      const grant = await expired();
      const { manager, store, selector, reported, row } = grant;
      const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const slow = saving(store, async (...save) => {
        asked.resolve();
        await gate.promise;
        return await store.tokens.saveRefreshed(...save);
      });
      const call = manager({ store: slow }).getToken(selector);
      await asked.promise;
      await giveUp(grant);
      gate.resolve();
      expect((await call).degraded).toBeUndefined();
      expect(await reported()).toEqual(["active"]);
      expect((await row(selector)).status).toBe("active");
    });

    it("the one that a former process left in the spool", async () => {
      const grant = await expired();
      const { manager, store, selector, reported, keyRing } = grant;
      const directory = mkdtempSync(join(tmpdir(), "token-broker-spool-"));
      onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
      const spool = openSpool({ directory, keyRing, logger: silentLogger });
      let isAway = true;
      onTestFinished(() => void (isAway = false));
      const losing = saving(store, async (...save) => {
        if (isAway) throw new BrokerError("STORE_UNAVAILABLE", "the database is away");
        return await store.tokens.saveRefreshed(...save);
      });
      const former = manager({ spool, store: losing });
      await former.getToken(selector);
      await former.settle(100);
      await giveUp(grant);
      expect(await manager({ spool }).recover()).toBe(1);
      expect(await reported()).toEqual(["active"]);
    });
  });

  it("once only, although an operator's block came in between", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, provider, authorize, row } = fixture;
    const reported = createReported(fixture);
    const selector = await authorize();
    await reported();
    provider.settings.answerDelayMs = 300;
    await moveClock(database, 3 * HOUR);
    const call = refusal(tokens.getToken(selector));
    await expect.poll(async () => (await row(selector)).leaseOwner).not.toBeNull();
    await database.sql.run("", "update connection_tokens set status = 'blocked' where id = $1::bigint", [
      (await row(selector)).id,
    ]);
    expect(await call).toMatchObject({ code: "BLOCKED" });
    await tokens.settle(10 * SECOND);
    expect(await reported()).toEqual([]);
  });
});
