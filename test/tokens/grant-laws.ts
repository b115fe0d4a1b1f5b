/** What holds for a grant after every step, whatever the step was. */
import { expect } from "vitest";
import type { TokenRow } from "../../src/store/index.ts";
import { SECOND } from "../../src/time.ts";
import type { TokenView } from "../../src/tokens/index.ts";
import { arrives, type Event, patience, READ, reauthorized } from "./grant-events.ts";
import { isRejection, type Model, type Real, refreshesOf, rowOf, settle } from "./grant-model.ts";

/** Everything that the laws compare. */
interface Sight {
  readonly row: TokenRow | undefined;
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly isHeld: boolean;
  /** A block or a hold stands, and its next probe is not due yet. */
  readonly isStopped: boolean;
  readonly calls: number;
  /** States that the log says were entered, in order. */
  readonly entered: readonly string[];
}

const look = async (real: Real): Promise<Sight> => {
  const { store, registration } = real.fixture;
  const row = await rowOf(real);
  const { blocks, holds, now } = await store.providerHealth.list();
  const own = ({ registrationId }: { readonly registrationId: string }) => registrationId === registration.id;
  return {
    row,
    accessToken: row && store.tokens.openAccessToken(row),
    refreshToken: row && store.tokens.openRefreshToken(row),
    isHeld: holds.some(own),
    isStopped: [...blocks, ...holds].filter(own).some(({ nextProbeAt }) => nextProbeAt > now),
    calls: refreshesOf(real).length,
    entered: statesIn(real.fixture.logLines),
  };
};

const statesIn = (logLines: readonly string[]): string[] =>
  logLines
    .map((line) => JSON.parse(line) as { event: string; status: string })
    .filter(({ event }) => event === "connection changed state")
    .map(({ status }) => status);

/** An event; then somebody reads. */
export const step = async (event: Event, real: Real, model: Model): Promise<void> => {
  const before = await look(real);
  await event.happens(real, model);
  await settle(real, model);
  const between = await look(real);
  assertKept(event, real, model, [before, between]);
  await assertServed(real, model);
  await settle(real, model);
  assertKept(READ, real, model, [between, await look(real)]);
};

type Change = readonly [before: Sight, after: Sight];

const assertKept = (event: Event, real: Real, model: Model, change: Change): void => {
  assertLife(model, change);
  assertVersions(real, change);
  assertCalls(real, change);
  assertEnd(event, real, model, change);
  assertEntered(event, change);
  assertNotLost(real, model, change);
  if (event.forces) assertRefreshed(real, model, change);
};

const assertLife = ({ isLive, isKilled }: Model, [, { row }]: Change): void => {
  expect(row !== undefined).toBe(isLive);
  expect(row?.status === "blocked").toBe(isLive && isKilled);
};

/** A version never falls, not after a revocation either, and names one access token. A refresh token is never erased, and changes together with its access token only. */
const assertVersions = (real: Real, [before, after]: Change): void => {
  if (!after.row) return;
  expect(after.row.version).toBeGreaterThanOrEqual(real.highest);
  real.highest = after.row.version;
  expect(after.refreshToken).toBeDefined();
  const isSame = after.row.version === before.row?.version;
  expect(after.accessToken === before.accessToken).toBe(isSame);
  if (isSame) expect(after.refreshToken).toBe(before.refreshToken);
};

const LEASE_MS = 45 * SECOND;
const SERVE_MARGIN_MS = 10 * SECOND;

/** However many ask, the provider is asked once, by whoever has claimed the row; and not at all while somebody else has, the provider is not to be called, or the grant is dead or blocked. */
const assertCalls = ({ callsPerRefresh }: Real, [before, after]: Change): void => {
  const calls = after.calls - before.calls;
  const [was, is] = [before.row, after.row];
  const isClaimed = was !== undefined && is !== undefined && is.leaseSeq > was.leaseSeq;
  expect(calls).toBeLessThanOrEqual(isClaimed ? callsPerRefresh : 0);
  if (before.isStopped && after.isStopped) expect(calls).toBe(0);
  if (!was || is?.version !== was.version) return;
  const isLeased = was.leaseOwner !== null && is.now.getTime() < (was.leaseUntil?.getTime() ?? 0) + LEASE_MS;
  const isOver = ["needs_reauth", "blocked"].includes(was.status) && is.status === was.status;
  if (isLeased || isOver) expect(calls).toBe(0);
};

/** Only a rejection that was spoken and is believed ends a grant; and only a person, a doubt or a success that comes late takes it back. */
const assertEnd = (event: Event, real: Real, model: Model, [before, after]: Change): void => {
  const [was, is] = [before.row, after.row];
  if (!real.rotates) expect(is?.failureReason).not.toBe("REFRESH_OUTCOME_UNKNOWN");
  if (!was || !is || was.status === is.status) return;
  if (is.status === "needs_reauth") {
    const spoken = refreshesOf(real).slice(before.calls);
    const isSpoken = spoken.some((call) => isRejection(call, model));
    expect([isSpoken || (event === arrives && model.isFlightRejected), after.isHeld]).toEqual([true, false]);
    if (event !== arrives)
      expect(is.failureReason).toBe(isInDoubt(real, was) ? IN_DOUBT : "REAUTHORIZATION_REQUIRED");
  }
  if (was.status === "needs_reauth" && is.status === "degraded") expect(after.isHeld).toBe(true);
  if (was.status === "needs_reauth" && is.status === "active")
    expect([arrives, reauthorized]).toContain(event);
};

const IN_DOUBT = "REFRESH_OUTCOME_UNKNOWN";

/** Nobody knew any more whether the refresh token was spent. */
const isInDoubt = ({ rotates }: Real, { failureReason, leaseOwner }: TokenRow): boolean =>
  rotates && (failureReason === IN_DOUBT || leaseOwner !== null);

/** Every change that a refresh brings about is logged once, and nothing else is. */
const assertEntered = ({ isByPerson }: Event, [before, after]: Change): void => {
  const entered = after.entered.slice(before.entered.length);
  if (isByPerson || !before.row || !after.row) return expect(entered).toEqual([]);
  const states = [before.row.status, ...entered];
  expect(states.at(-1)).toBe(after.row.status);
  for (const [index, state] of entered.entries()) expect(state).not.toBe(states[index]);
};

/** The stored refresh token is the one that works, unless an answer was lost. */
const assertNotLost = (real: Real, { mood }: Model, [before, after]: Change): void => {
  if (!after.row) return;
  const isLiving = real.fixture.provider.grants.isLiveRefreshToken(after.refreshToken ?? "");
  const isAnswerLost = mood.losesAnswers === true && after.calls > before.calls && real.rotates;
  real.mayBeLost = !isLiving && (real.mayBeLost || isAnswerLost);
  expect(isLiving || real.mayBeLost).toBe(true);
  if (isAnswerLost && !isLiving && after.row.leaseOwner === null) assertInDoubt(after.row);
};

/** It is not asked for again before the token at hand ends: what was spent could come back, and end that, too. */
const assertInDoubt = ({ failureReason, expiresAt, nextAttemptAt, now }: TokenRow): void => {
  expect(failureReason).toBe(IN_DOUBT);
  const endMs = (expiresAt?.getTime() ?? Infinity) - SERVE_MARGIN_MS;
  expect(nextAttemptAt?.getTime()).toBeGreaterThanOrEqual(Math.max(endMs, now.getTime()));
};

/** Where nothing stands against it, a forced refresh brings a token, and all is well. */
const assertRefreshed = (
  real: Real,
  { mood }: Model,
  [{ row: was, isStopped }, { row: is }]: Change,
): void => {
  if (!was || mood.answer || isStopped || real.mayBeLost) return;
  const isWaiting = was.nextAttemptAt !== null && was.nextAttemptAt > was.now;
  if (!["active", "degraded"].includes(was.status) || was.leaseOwner !== null || isWaiting) return;
  expect(is?.version).toBeGreaterThan(was.version);
  expect(is).toMatchObject({
    status: "active",
    failureReason: "",
    failureCount: 0,
    degradedSince: null,
    nextAttemptAt: null,
    leaseOwner: null,
  });
};

/** A token that works is never withheld, and one that has ended is never handed out. */
const assertServed = async (real: Real, model: Model): Promise<void> => {
  const before = await rowOf(real);
  const [answer] = await Promise.allSettled([real.replicas[1].getToken(real.selector, patience(model))]);
  const after = await rowOf(real);
  if (answer.status === "fulfilled") assertWorks(answer.value, model, before, after);
  else expect(codesFor(model, after)).toContain((answer.reason as { code: string }).code);
};

const assertWorks = (view: TokenView, model: Model, before?: TokenRow, after?: TokenRow): void => {
  if (!before || !after || model.isKilled) return expect(view).toBeUndefined();
  expect(view.version).toBeGreaterThanOrEqual(before.version);
  expect(view.version).toBeLessThanOrEqual(after.version);
  expect(view.expiresAt?.getTime()).toBeGreaterThan(after.now.getTime());
  if (view.version !== after.version || after.status === "active") return;
  const isDead = after.status === "needs_reauth";
  expect(view.degraded?.reason).toMatch(isDead ? "REAUTHORIZATION_REQUIRED" : /^PROVIDER_/);
};

/** The errors that may be answered. */
const codesFor = ({ isKilled, isInFlight }: Model, row: TokenRow | undefined): string[] => {
  if (!row) return ["CONNECTION_NOT_FOUND"];
  if (isKilled) return ["BLOCKED"];
  const remainingMs = (row.expiresAt?.getTime() ?? Infinity) - row.now.getTime();
  if (remainingMs >= SERVE_MARGIN_MS) return [];
  const late = isInFlight ? ["DEADLINE_EXCEEDED"] : [];
  if (row.status === "needs_reauth") return ["REAUTHORIZATION_REQUIRED", ...late];
  if (row.status === "active") return late;
  const isOurs = row.failureReason === "PROVIDER_MISCONFIGURED";
  return [isOurs ? "PROVIDER_MISCONFIGURED" : "PROVIDER_UNAVAILABLE", ...late];
};
