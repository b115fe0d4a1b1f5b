import * as fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import type { Database, TokenRow } from "../../src/store/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError, type ScriptedAnswer } from "../support/provider.ts";
import { createTokenFixture, refusal, type Selector, type TokenFixture } from "./token-fixture.ts";

/** What a grant is, as far as its events decide it. */
interface Model {
  isLive: boolean;
  isKilled: boolean;
}

interface Real {
  readonly fixture: TokenFixture;
  readonly database: Database;
  readonly selector: Selector;
}

interface Event {
  readonly name: string;
  /** Whether it can happen now. */
  readonly when: (model: Readonly<Model>) => boolean;
  readonly happens: (real: Real, model: Model) => Promise<unknown>;
}

const untilDone = new AbortController().signal;

const isLive = ({ isLive: live }: Readonly<Model>): boolean => live;

/** An attempt to refresh, while the provider answers everybody like this; undefined = as it should. */
const refresh = (name: string, answer: ScriptedAnswer | undefined): Event => ({
  name,
  when: isLive,
  async happens({ fixture: { provider, tokens }, selector }) {
    provider.always("token", answer);
    await Promise.allSettled([tokens.refreshToken(selector)]);
    await tokens.settle(10_000);
    provider.always("token", undefined);
  },
});

const setStatus = async ({ database, selector }: Real, status: string): Promise<void> =>
  void (await database.sql.run(
    "",
    "update connection_tokens set status = $1 where connection_id = $2::uuid and revoked_at is null",
    [status, selector.connectionId],
  ));

const passes = (name: string, ms: number): Event => ({
  name,
  when: () => true,
  happens: ({ database }) => moveClock(database, ms),
});

const EVENTS: readonly Event[] = [
  refresh("success", undefined),
  refresh("transient failure", { status: 503 }),
  refresh("unknown outcome", { fault: "reset" }),
  refresh("an answer that is no token", { body: "<html>" }),
  refresh("rejection", oauthError("invalid_grant")),
  refresh("refusal of the client", oauthError("invalid_client", 401)),
  refresh("closed shop", { status: 404 }),
  refresh("throttling", { status: 429, headers: { "retry-after": "30" } }),
  {
    name: "a hold begins",
    when: () => true,
    async happens({ fixture: { registration, store, tokens } }) {
      await store.providerHealth.beginHold(registration.id, registration.name);
      await store.providerHealth.claimHoldProbe(registration.id);
      await tokens.tendTroubles(untilDone);
    },
  },
  {
    name: "a hold ends",
    when: () => true,
    happens: ({ fixture: { registration, store } }) => store.providerHealth.endHold(registration.id),
  },
  {
    name: "reauthorization",
    when: () => true,
    async happens({ fixture, selector }, model) {
      await fixture.authorize({ selector });
      if (!model.isLive) model.isKilled = false;
      model.isLive = true;
    },
  },
  {
    name: "revocation",
    when: isLive,
    async happens({ fixture: { tokens }, selector }, model) {
      await tokens.revokeConnection(selector);
      model.isLive = false;
    },
  },
  {
    name: "kill switch",
    when: isLive,
    async happens(real, model) {
      await setStatus(real, "blocked");
      model.isKilled = true;
    },
  },
  {
    name: "kill switch off",
    when: ({ isKilled }) => isKilled,
    async happens(real, model) {
      await setStatus(real, "active");
      model.isKilled = false;
    },
  },
  passes("20 minutes", 20 * MINUTE),
  passes("2 hours", 2 * HOUR),
];

const rowOf = async ({ fixture: { store }, selector }: Real): Promise<TokenRow | undefined> =>
  await store.tokens.find({ namespace: "default", mcpServerUrl: "", tokenName: "", ...selector });

const isHeld = async ({ fixture: { registration, store } }: Real): Promise<boolean> =>
  (await store.providerHealth.list()).holds.some(({ registrationId }) => registrationId === registration.id);

/** The laws of one step. */
const step = async ({ name, happens }: Event, real: Real, model: Model): Promise<void> => {
  await moveClock(real.database, 61 * SECOND);
  const before = await rowOf(real);
  const wasHeld = await isHeld(real);
  await happens(real, model);
  const after = await rowOf(real);
  expect(after !== undefined).toBe(model.isLive);
  expect(after?.status === "blocked").toBe(model.isLive && model.isKilled);
  if (before && after) {
    expect(after.version).toBeGreaterThanOrEqual(before.version);
    const open = real.fixture.store.tokens.openAccessToken;
    expect(open(after) === open(before)).toBe(after.version === before.version);
    if (after.status === "needs_reauth" && before.status !== "needs_reauth") {
      // Only a rejection that is believed ends a grant.
      expect([name, wasHeld, await isHeld(real)]).toEqual(["rejection", false, false]);
    }
    if (before.status === "needs_reauth" && !["needs_reauth", "blocked"].includes(after.status))
      expect(["reauthorization", "a hold begins", "rejection"]).toContain(name);
  }
  await assertServed(real, model);
};

/** A token that works is never withheld, one that has ended is never handed out. */
const assertServed = async (real: Real, model: Model): Promise<void> => {
  const { tokens } = real.fixture;
  const row = await rowOf(real);
  if (!row) expect(await refusal(tokens.getToken(real.selector))).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
  else if (model.isKilled) expect(await refusal(tokens.getToken(real.selector))).toMatchObject({ code: "BLOCKED" });
  else {
    const [answer] = await Promise.allSettled([tokens.getToken(real.selector)]);
    const remainingMs = (row.expiresAt?.getTime() ?? Infinity) - row.now.getTime();
    if (answer.status === "rejected") expect(remainingMs).toBeLessThan(10 * SECOND);
    else {
      expect(answer.value.version).toBeGreaterThanOrEqual(row.version);
      expect(answer.value.expiresAt?.getTime() ?? Infinity).toBeGreaterThan(row.now.getTime());
    }
  }
};

/** Whatever happened: what is not dead, killed or revoked is well again when the provider is. */
const assertRecovers = async (real: Real): Promise<void> => {
  const { store, registration, tokens } = real.fixture;
  await store.providerHealth.endHold(registration.id);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if ((await rowOf(real))?.status !== "degraded") return;
    await moveClock(real.database, HOUR);
    await Promise.allSettled([tokens.refreshToken(real.selector)]);
    await tokens.settle(10_000);
  }
  expect((await rowOf(real))?.status).toBe("active");
};

const commandOf = (event: Event): fc.AsyncCommand<Model, Real> => ({
  check: (model) => event.when(model),
  run: (model, real) => step(event, real, model),
  toString: () => event.name,
});

describeEachStore("a grant", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it.each([
    ["any vendor", {}],
    ["a vendor that rotates refresh tokens without grace", { rotates: true, graceSeconds: 0 }],
    ["a vendor that keeps refresh tokens", { rotates: false }],
  ])(
    "of %s keeps the laws of its life, whatever happens to it",
    async (_, rules) => {
      const fixture = await createTokenFixture(database, {
        refresh: rules,
        provider: { rotation: rules.rotates !== false },
      });
      const commands = fc.commands(
        EVENTS.map((event) => fc.constant(commandOf(event))),
        { maxCommands: 24 },
      );
      await fc.assert(
        fc.asyncProperty(commands, async (sequence) => {
          const selector = await fixture.authorize();
          const real: Real = { fixture, database, selector };
          await fc.asyncModelRun(() => ({ model: { isLive: true, isKilled: false }, real }), sequence);
          await assertRecovers(real);
        }),
        { numRuns: 20, endOnFailure: false },
      );
    },
    120 * SECOND,
  );
});
