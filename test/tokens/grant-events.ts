/** What can happen to a grant. */
import { expect } from "vitest";
import { HOUR, MINUTE } from "../../src/time.ts";
import type { TokenManager } from "../../src/tokens/index.ts";
import {
  free,
  isRejection,
  type Model,
  type Mood,
  MOODS,
  pass,
  type Real,
  refreshesOf,
  rowOf,
  settle,
  untilDone,
} from "./grant-model.ts";

export interface Event {
  readonly name: string;
  /** Whether it can happen now. */
  readonly when: (model: Readonly<Model>) => boolean;
  readonly happens: (real: Real, model: Model) => Promise<unknown>;
  /** A forced refresh. */
  readonly forces?: true;
  /** Its change of state is a person's, and not reported as a refresh's. */
  readonly isByPerson?: true;
}

/** What follows every other event, and is told apart from it. */
export const READ: Event = { name: "a read", when: () => true, happens: async () => {} };

const isLive = ({ isLive: live }: Readonly<Model>): boolean => live;
const isQuiet = ({ isLive: live, isInFlight }: Readonly<Model>): boolean => live && !isInFlight;
const always = (): boolean => true;

/** While the first replica's result is held up, the other one's callers are not to wait for it. */
export const patience = ({ isInFlight }: Readonly<Model>) => (isInFlight ? { deadlineMs: 40 } : {});

/** Work of a replica that is free to do it. Whether it succeeds is the laws' affair. */
const byReplicas = (
  name: string,
  count: 1 | 2,
  work: (replica: TokenManager, real: Real, model: Model) => Promise<unknown>,
): Event => ({
  name: `${name} ${count === 2 ? "on both replicas" : "on a replica"}`,
  when: isLive,
  happens: (real, model) =>
    Promise.allSettled(
      free(real, model)
        .slice(0, count)
        .map((replica) => work(replica, real, model)),
    ),
});

/** Of the token that all callers hold. */
const forced = (count: 1 | 2): Event => ({
  name: `a forced refresh on ${count === 1 ? "a replica" : "both replicas"}`,
  when: isLive,
  async happens(real, model) {
    const version = (await rowOf(real))?.version;
    const callers = free(real, model).slice(0, count);
    const request = { ...real.selector, version };
    await Promise.allSettled(callers.map((replica) => replica.refreshToken(request, patience(model))));
  },
  forces: true,
});

const turns = (mood: Mood): Event => ({
  name: `the provider ${mood.name}`,
  when: ({ mood: { name } }) => name !== mood.name,
  async happens({ setMood }, model) {
    setMood(mood);
    model.mood = mood;
  },
});

const passes = (name: string, ms: number): Event => ({
  name,
  when: always,
  happens: (real) => pass(real, ms),
});

const setStatus = async ({ database, selector }: Real, status: string): Promise<void> =>
  void (await database.sql.run(
    "",
    "update connection_tokens set status = $1 where connection_id = $2::uuid and revoked_at is null",
    [status, selector.connectionId],
  ));

/** A resource refuses the token that it was shown: it is not answered again. */
const rejectedByResource: Event = {
  name: "a read that rejects the current token",
  when: isLive,
  async happens(real, model) {
    const rejectedVersion = (await rowOf(real))?.version;
    const [replica] = free(real, model);
    const [answer] = await Promise.allSettled([
      replica?.getToken({ ...real.selector, rejectedVersion }, patience(model)),
    ]);
    if (answer.status === "fulfilled") expect(answer.value?.version).not.toBe(rejectedVersion);
  },
};

/** The first replica refreshes, and what comes of it stays before the database. */
const takesOff: Event = {
  name: "a result is on its way",
  when: isQuiet,
  async happens(real, model) {
    const { gate, replicas, selector } = real;
    const { length: before } = refreshesOf(real);
    gate.close();
    const flight = Promise.allSettled([replicas[0].refreshToken(selector)]);
    model.isInFlight = await Promise.race([gate.reached().then(() => true), flight.then(() => false)]);
    if (!model.isInFlight) gate.open();
    const calls = refreshesOf(real).slice(before);
    model.isFlightRejected = calls.some((call) => isRejection(call, model));
    if (model.isInFlight && calls.some(({ verdict }) => verdict === "issued")) real.mayBeLost = real.rotates;
  },
};

export const arrives: Event = {
  name: "the result arrives",
  when: ({ isInFlight }) => isInFlight,
  async happens(real, model) {
    real.gate.open();
    model.isInFlight = false;
    await settle(real, model);
  },
};

const holdBegins: Event = {
  name: "a hold begins",
  when: always,
  async happens(real, model) {
    const { registration, store } = real.fixture;
    await store.providerHealth.beginHold(registration.id, registration.name);
    await store.providerHealth.claimHoldProbe(registration.id);
    for (const replica of free(real, model)) await replica.tendTroubles(untilDone);
  },
};

export const holdEnds: Event = {
  name: "a hold ends",
  when: always,
  happens: ({ fixture: { registration, store } }) => store.providerHealth.endHold(registration.id),
};

export const reauthorized: Event = {
  name: "reauthorization",
  isByPerson: true,
  when: always,
  async happens({ fixture, selector }, model) {
    await fixture.authorize({ selector });
    if (!model.isLive) model.isKilled = false;
    model.isLive = true;
  },
};

const revoked: Event = {
  name: "revocation",
  when: isLive,
  async happens(real, model) {
    const [replica] = free(real, model);
    await replica?.revokeConnection(real.selector);
    model.isLive = false;
  },
};

/** At the provider, without a word to the broker. */
const withdrawn: Event = {
  name: "withdrawal",
  when: isLive,
  async happens(real) {
    const { provider, store } = real.fixture;
    const row = await rowOf(real);
    const holder = provider.grants.holderOf((row && store.tokens.openRefreshToken(row)) ?? "");
    provider.grants.end(holder?.grantId ?? "");
    real.mayBeLost = true;
  },
};

const killed: Event = {
  name: "kill switch",
  isByPerson: true,
  when: ({ isLive: live, isKilled }) => live && !isKilled,
  async happens(real, model) {
    await setStatus(real, "blocked");
    model.isKilled = true;
  },
};

export const unkilled: Event = {
  name: "kill switch off",
  isByPerson: true,
  when: ({ isLive: live, isKilled }) => live && isKilled,
  async happens(real, model) {
    await setStatus(real, "active");
    model.isKilled = false;
  },
};

/** What happens, and how much of what happens it is. */
export const EVENTS: readonly { readonly share: number; readonly events: readonly Event[] }[] = [
  {
    share: 10,
    events: [
      forced(1),
      forced(2),
      byReplicas("a read", 2, (replica, { selector }, model) => replica.getToken(selector, patience(model))),
      rejectedByResource,
      byReplicas("a sweep", 2, (replica) => replica.sweep(untilDone)),
      byReplicas("a look after troubles", 1, (replica) => replica.tendTroubles(untilDone)),
    ],
  },
  { share: 4, events: [takesOff, arrives] },
  { share: 4, events: MOODS.map(turns) },
  { share: 3, events: [passes("20 minutes", 20 * MINUTE), passes("2 hours", 2 * HOUR)] },
  { share: 2, events: [reauthorized, revoked, withdrawn, killed, unkilled] },
  { share: 2, events: [holdBegins, holdEnds] },
];
