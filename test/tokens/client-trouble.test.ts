import { beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import type { TokenManager } from "../../src/tokens/index.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError, type ScriptedAnswer } from "../support/provider.ts";
import { createTokenFixture, refusal, type Selector, type TokenFixture } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

/** Two hours, or as much of them as the embedded database manages in time. */
const MINUTES = { pglite: 40, postgresql: 120 };

const grantsOf = (fixture: TokenFixture, count: number, expiresInSeconds = 3600): Promise<Selector[]> =>
  Promise.all(Array.from({ length: count }, () => fixture.authorize({ expiresInSeconds })));

const statusesOf = async ({ row }: TokenFixture, selectors: readonly Selector[]): Promise<string[]> =>
  await Promise.all(selectors.map(async (selector) => (await row(selector)).status));

const blockedGauge = async ({ metrics, registration }: TokenFixture): Promise<string | undefined> =>
  new RegExp(`^tokenbroker_provider_blocked\\{provider="${registration.name}"\\} (\\d+)`, "m").exec(
    (await metrics.render()).text,
  )?.[1];

const answered = (wanted: string[], { logLines }: TokenFixture): string[] =>
  wanted.filter((event) => logLines.some((line) => line.includes(event)));

describeEachStore("a provider that refuses the client", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it(
    "for hours loses no grant, is asked once a minute by two replicas together, and all recover within a minute",
    async () => {
      const fixture = await createTokenFixture(database);
      const { provider, manager, calls } = fixture;
      const swept = { count: 0 };
      const replicas = [1, 2].map(() => manager({ sweepSoon: () => void (swept.count += 1) }));
      const [first] = replicas as [TokenManager, TokenManager];
      const minutes = MINUTES[backend.kind];
      const untilTheEnd = 55 * 60 + 61 * minutes;
      const selectors = [...(await grantsOf(fixture, 12)), ...(await grantsOf(fixture, 3, untilTheEnd))];
      const [expiring, lasting] = [selectors[0]!, selectors.at(-1)!];
      const { clients } = provider.settings;
      provider.settings.clients = { client: "another secret" };
      await moveClock(database, 51 * MINUTE);
      await first.sweep(untilDone);
      expect((await first.getToken(expiring)).degraded?.reason).toBe("PROVIDER_MISCONFIGURED");
      await expect.poll(() => answered(["provider refuses the client"], fixture)).toHaveLength(1);

      const perMinute: number[] = [];
      for (let minute = 0; minute < minutes; minute += 1) {
        await moveClock(database, 61 * SECOND);
        const before = calls();
        if (minute % 5 === 0) await Promise.all(replicas.map((replica) => replica.sweep(untilDone)));
        await Promise.all(replicas.map((replica) => replica.tendTroubles(untilDone)));
        if (minute % 10 === 0)
          await Promise.allSettled(selectors.map((selector) => first.getToken(selector)));
        perMinute.push(calls() - before);
      }
      expect(Math.max(...perMinute)).toBe(1);
      expect(perMinute.filter((count) => count === 0).length).toBeLessThan(3);
      expect(await refusal(first.getToken(expiring))).toMatchObject({
        code: "PROVIDER_MISCONFIGURED",
        metadata: { cause: "client_refused" },
      });
      expect((await first.getToken(lasting)).degraded?.reason).toBe("PROVIDER_MISCONFIGURED");
      expect(await first.getConnection(expiring)).toMatchObject({
        status: "degraded",
        lastError: { reason: "PROVIDER_MISCONFIGURED", providerError: "invalid_client" },
      });
      expect(await statusesOf(fixture, selectors)).not.toContain("needs_reauth");
      expect(await blockedGauge(fixture)).toBe("1");

      provider.settings.clients = clients;
      await moveClock(database, 60 * SECOND);
      await Promise.all(replicas.map((replica) => replica.tendTroubles(untilDone)));
      expect((await first.getToken(expiring)).degraded).toBeUndefined();
      await expect.poll(() => swept.count).toBeGreaterThan(0);
      await first.sweep(untilDone);
      expect(new Set(await statusesOf(fixture, selectors))).toEqual(new Set(["active"]));
      await first.tendTroubles(untilDone);
      expect(await blockedGauge(fixture)).toBeUndefined();
      expect(answered(["provider accepts the client again"], fixture)).toHaveLength(1);
    },
    90 * SECOND,
  );

  it("is used again at once by a process with a corrected secret, whatever the others do", async () => {
    const fixture = await createTokenFixture(database);
    const { manager, registrationsOf, tokens } = fixture;
    const wrong = manager({ registrations: registrationsOf({ clientSecret: canary("wrong_secret") }) });
    const selectors = await grantsOf(fixture, 8);
    await moveClock(database, 3 * HOUR);
    await wrong.sweep(untilDone);
    await wrong.settle(10_000);
    for (const selector of selectors)
      expect(await refusal(wrong.getToken(selector))).toMatchObject({ code: "PROVIDER_MISCONFIGURED" });
    const [first, ...others] = selectors as [Selector, ...Selector[]];
    expect((await tokens.getToken(first)).degraded).toBeUndefined();
    await Promise.all(others.map((selector) => tokens.getToken(selector)));
    expect(new Set(await statusesOf(fixture, selectors))).toEqual(new Set(["active"]));
  });

  it("is found out by one grant alone, and recovers within a minute without a reader", async () => {
    const fixture = await createTokenFixture(database);
    const { provider, tokens, authorize, row } = fixture;
    const selector = await authorize();
    const { clients } = provider.settings;
    provider.settings.clients = {};
    await moveClock(database, 3 * HOUR);
    await tokens.sweep(untilDone);
    await tokens.settle(10_000);
    expect((await row(selector)).status).toBe("degraded");
    await moveClock(database, 20 * MINUTE);
    await tokens.tendTroubles(untilDone);
    expect((await row(selector)).status).toBe("degraded");
    provider.settings.clients = clients;
    await moveClock(database, 60 * SECOND);
    await tokens.tendTroubles(untilDone);
    expect((await row(selector)).status).toBe("active");
  });

  it("is forgotten when no process has those credentials any more", async () => {
    const fixture = await createTokenFixture(database);
    const { manager, registrationsOf, tokens } = fixture;
    const wrong = manager({ registrations: registrationsOf({ clientSecret: canary("wrong_secret") }) });
    await grantsOf(fixture, 3);
    await moveClock(database, 3 * HOUR);
    await wrong.sweep(untilDone);
    await wrong.settle(10_000);
    await tokens.sweep(untilDone);
    await tokens.tendTroubles(untilDone);
    expect(await blockedGauge(fixture)).toBe("1");
    await moveClock(database, 11 * MINUTE);
    expect(await tokens.forgetTroubles()).toBeGreaterThan(0);
    await tokens.tendTroubles(untilDone);
    expect(await blockedGauge(fixture)).toBeUndefined();
  });

  it("for a public client, without any secret, is no different", async () => {
    const fixture = await createTokenFixture(database, {
      registration: { tokenEndpointAuthMethod: "none", clientSecret: undefined },
      provider: { clients: {} },
    });
    const { provider, tokens } = fixture;
    const selectors = await grantsOf(fixture, 3);
    await moveClock(database, 3 * HOUR);
    await tokens.sweep(untilDone);
    await tokens.settle(10_000);
    expect(new Set(await statusesOf(fixture, selectors))).toEqual(new Set(["degraded"]));
    provider.settings.clients = { client: undefined };
    await moveClock(database, 61 * SECOND);
    await tokens.tendTroubles(untilDone);
    await tokens.sweep(untilDone);
    expect(new Set(await statusesOf(fixture, selectors))).toEqual(new Set(["active"]));
  });

  describe("for the sake of single grants", () => {
    /** What the provider says to this one grant. */
    const only = ({ provider }: TokenFixture, { connectionId }: Selector, answer: ScriptedAnswer): void =>
      void provider.vendor.script({ grant: connectionId, answer, times: Infinity });

    it.each<[string, ScriptedAnswer]>([
      ["401 to a junk token", oauthError("invalid_client", 401)],
      ["404 of a closed shop", { status: 404 }],
      ["a client that may not do this", oauthError("unauthorized_client")],
      ["a redirect", { status: 302, headers: { location: "https://elsewhere.example/" } }],
    ])("(%s) keeps no other waiting", async (_, answer) => {
      const fixture = await createTokenFixture(database);
      const { tokens, metrics } = fixture;
      const odd = (await grantsOf(fixture, 1))[0]!;
      only(fixture, odd, answer);
      await moveClock(database, 3 * HOUR);
      expect(await refusal(tokens.getToken(odd))).toMatchObject({ code: "PROVIDER_MISCONFIGURED" });
      const good = await grantsOf(fixture, 30, 60);
      await tokens.sweep(untilDone);
      await moveClock(database, HOUR);
      await tokens.sweep(untilDone);
      await tokens.settle(10_000);
      expect(new Set(await statusesOf(fixture, good))).toEqual(new Set(["active"]));
      expect(await statusesOf(fixture, [odd])).toEqual(["degraded"]);
      expect((await metrics.render()).text).not.toContain('state="blocked"');
    });

    it("(three junk tokens at once) is cleared up by a probe before anybody good has to wait", async () => {
      const fixture = await createTokenFixture(database);
      const { tokens } = fixture;
      const odd = await grantsOf(fixture, 3);
      for (const selector of odd) only(fixture, selector, oauthError("invalid_client", 401));
      await moveClock(database, 3 * HOUR);
      await tokens.sweep(untilDone);
      await tokens.settle(10_000);
      const good = await grantsOf(fixture, 10, 60);
      await tokens.sweep(untilDone);
      expect(new Set(await statusesOf(fixture, good))).toEqual(new Set(["active"]));
      expect(new Set(await statusesOf(fixture, odd))).toEqual(new Set(["degraded"]));
    });
  });
});
