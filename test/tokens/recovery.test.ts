import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, SECOND } from "../../src/time.ts";
import type { TokenManager } from "../../src/tokens/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture, type Selector, type TokenFixture } from "./token-fixture.ts";

const GRANTS = 12;

interface Outage {
  readonly fixture: TokenFixture;
  readonly tokens: TokenManager;
  readonly grants: Selector[];
}

/** Expired tokens whose provider was away for so long that they wait for minutes. */
const afterOutage = async (database: Database): Promise<Outage> => {
  const fixture = await createTokenFixture(database);
  const tokens = fixture.manager({ random: () => 0.999 });
  const grants = await Promise.all(Array.from({ length: GRANTS }, () => fixture.authorize()));
  fixture.provider.always("token", { status: 503 });
  await moveClock(database, HOUR);
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await Promise.allSettled(grants.map((grant) => tokens.getToken(grant)));
    await moveClock(database, 5 * SECOND * 2 ** attempt);
  }
  await Promise.allSettled(grants.map((grant) => tokens.getToken(grant)));
  fixture.provider.always("token", undefined);
  return { fixture, tokens, grants };
};

const waits = async ({ row }: TokenFixture, grants: readonly Selector[]): Promise<number[]> =>
  (await Promise.all(grants.map((grant) => row(grant)))).flatMap(({ nextAttemptAt, now }) =>
    nextAttemptAt === null ? [] : [(nextAttemptAt.getTime() - now.getTime()) / SECOND],
  );

describeEachStore("a provider that answers again", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("gets its connections back within half a minute of the first one, not after their back-off", async () => {
    const { fixture, tokens, grants } = await afterOutage(database);
    const [first, ...others] = grants as [Selector, ...Selector[]];
    expect(Math.min(...(await waits(fixture, others)))).toBeGreaterThan(60);
    await moveClock(database, 20 * 60 * SECOND);
    // Everybody else failed once more just now, and waits again.
    fixture.provider.always("token", { status: 503 });
    await Promise.allSettled(others.map((grant) => tokens.getToken(grant)));
    fixture.provider.always("token", undefined);
    expect(Math.min(...(await waits(fixture, others)))).toBeGreaterThan(60);
    await tokens.getToken(first);
    await tokens.settle(10 * SECOND);
    const called = await waits(fixture, others);
    expect(called).toHaveLength(GRANTS - 1);
    expect(Math.max(...called)).toBeLessThanOrEqual(30);
    await moveClock(database, 31 * SECOND);
    const answers = await Promise.all(others.map((grant) => tokens.getToken(grant)));
    expect(answers.filter(({ degraded }) => degraded !== undefined)).toEqual([]);
  });

  it("calls nobody up who had not waited for it", async () => {
    const { fixture, tokens, grants } = await afterOutage(database);
    const before = await waits(fixture, grants);
    await tokens.refreshToken(await fixture.authorize());
    await tokens.settle(10 * SECOND);
    const after = await waits(fixture, grants);
    expect(after.every((wait, index) => Math.abs(wait - before[index]!) < 10)).toBe(true);
  });
});
