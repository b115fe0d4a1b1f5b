/** One grant, two replicas that refresh it, and the provider's mood: what the model knows of them, and what they are made of. */
import type { Database, Store, TokenRow } from "../../src/store/index.ts";
import { createRandom } from "../../src/testing/mock-provider/random.ts";
import { MINUTE } from "../../src/time.ts";
import type { TokenManager } from "../../src/tokens/index.ts";
import { STRICT } from "../mock-provider/index.ts";
import { moveClock } from "../support/database.ts";
import { json, oauthError, type ProviderRequest, type ScriptedAnswer } from "../support/provider.ts";
import {
  createTokenFixture,
  type FixtureOptions,
  type Selector,
  type TokenFixture,
} from "./token-fixture.ts";

/** What the provider does with whoever refreshes. */
export interface Mood {
  readonly name: string;
  readonly answer?: ScriptedAnswer;
  /** Of this grant's refreshes alone; others, and probes, are answered well. */
  readonly isOwnAffair?: true;
  readonly rejects?: true;
  /** The refresh token is spent, and its successor never arrives. */
  readonly losesAnswers?: true;
}

export const GOOD: Mood = { name: "answers well" };

export const MOODS: readonly Mood[] = [
  GOOD,
  GOOD,
  { name: "fails", answer: { status: 503 } },
  { name: "throttles", answer: { status: 429, headers: { "retry-after": "30" } } },
  { name: "breaks the connection before it reads", answer: { fault: "reset" } },
  {
    name: "breaks the connection instead of the answer",
    answer: { fault: "reset", afterProcessing: true },
    losesAnswers: true,
  },
  { name: "answers with a page", answer: { body: "<html>" } },
  { name: "answers with a token of another type", answer: json({ access_token: "at", token_type: "mac" }) },
  { name: "rejects", answer: oauthError("invalid_grant"), rejects: true },
  { name: "refuses the client", answer: oauthError("invalid_client", 401) },
  { name: "refuses the client for this grant", answer: oauthError("invalid_client", 401), isOwnAffair: true },
  { name: "has closed the shop", answer: { status: 404 } },
];

export interface Vendor extends FixtureOptions {
  readonly name: string;
}

export const VENDORS: readonly Vendor[] = [
  { name: "a vendor of whom nothing is known", provider: STRICT },
  {
    name: "a vendor that rotates without grace",
    provider: STRICT,
    refresh: { rotates: true, graceSeconds: 0 },
  },
  {
    name: "a vendor that rotates with a grace",
    provider: { ...STRICT, graceMs: 30_000 },
    refresh: { rotates: true, graceSeconds: 30 },
  },
  { name: "a vendor that does not rotate", provider: { rotation: false }, refresh: { rotates: false } },
];

/** What is decided by the events alone. */
export interface Model {
  isLive: boolean;
  isKilled: boolean;
  /** A result of the first replica is on its way to the database. */
  isInFlight: boolean;
  /** It is a rejection, or was one when it was the last to be on its way. */
  isFlightRejected: boolean;
  mood: Mood;
}

export interface Real {
  readonly fixture: TokenFixture;
  readonly database: Database;
  readonly selector: Selector;
  /** The results of the first one can be held up. */
  readonly replicas: readonly [TokenManager, TokenManager];
  readonly gate: Gate;
  readonly rotates: boolean;
  /** How often one refresh may ask: a second time at once, where the vendor's grace allows it. */
  readonly callsPerRefresh: number;
  /** The highest version so far, revoked ones included. */
  highest: bigint;
  /** The stored refresh token need not work: it was spent and its successor is lost or still on its way, or the person withdrew it. */
  mayBeLost: boolean;
  /** Puts the provider's mood into effect, and takes the one before back. */
  setMood: (mood: Mood) => void;
}

export const newGrant = (): Model => ({
  isLive: true,
  isKilled: false,
  isInFlight: false,
  isFlightRejected: false,
  mood: GOOD,
});

export const untilDone = new AbortController().signal;

/** Holds up what a replica has to say about its refresh. */
export interface Gate {
  readonly store: Store;
  close(): void;
  open(): void;
  /** Resolves when somebody stands before it. */
  reached(): Promise<void>;
}

const createGate = (store: Store): Gate => {
  let way = Promise.withResolvers<void>();
  let arrival = Promise.withResolvers<void>();
  way.resolve();
  const pass = async <T>(write: () => Promise<T>): Promise<T> => {
    arrival.resolve();
    await way.promise;
    return await write();
  };
  const { tokens } = store;
  return {
    store: {
      ...store,
      tokens: {
        ...tokens,
        saveRefreshed: (...save) => pass(() => tokens.saveRefreshed(...save)),
        recordFailure: (...failure) => pass(() => tokens.recordFailure(...failure)),
        putOff: (...delay) => pass(() => tokens.putOff(...delay)),
      },
    },
    close() {
      way = Promise.withResolvers();
      arrival = Promise.withResolvers();
    },
    open: () => way.resolve(),
    reached: () => arrival.promise,
  };
};

export const createReal = async (database: Database, vendor: Vendor, seed: number): Promise<Real> => {
  const fixture = await createTokenFixture(database, vendor);
  const { provider, store } = fixture;
  const gate = createGate(store);
  const random = createRandom(seed, "replicas");
  const selector = await fixture.authorize();
  let script: { remove(): void } | undefined;
  return {
    fixture,
    database,
    selector,
    gate,
    replicas: [fixture.manager({ store: gate.store, random }), fixture.manager({ random })],
    rotates: vendor.refresh?.rotates !== false,
    callsPerRefresh: (vendor.refresh?.graceSeconds ?? 0) > 0 ? 2 : 1,
    highest: 0n,
    mayBeLost: false,
    setMood({ answer, isOwnAffair }) {
      script?.remove();
      const grant = isOwnAffair && selector.connectionId;
      script = answer && provider.vendor.script({ answer, grant, times: Infinity });
    },
  };
};

export const rowOf = async ({ fixture: { store }, selector }: Real): Promise<TokenRow | undefined> =>
  await store.tokens.find({ namespace: "default", mcpServerUrl: "", tokenName: "", ...selector });

/** Both clocks: the broker's and the provider's. */
export const pass = async ({ database, fixture: { provider } }: Real, ms: number): Promise<void> => {
  provider.server.clock.move(ms);
  await moveClock(database, ms);
};

/** Whoever may act while the first replica's result is on its way. */
export const free = ({ replicas }: Real, { isInFlight }: Model): readonly TokenManager[] =>
  isInFlight ? [replicas[1]] : replicas;

/** Until nothing is under way any more but what is held up. */
export const settle = async (real: Real, model: Model): Promise<void> => {
  for (const replica of free(real, model)) await replica.settle(MINUTE);
};

export const refreshesOf = ({ fixture: { provider } }: Real): readonly ProviderRequest[] =>
  provider.requestsTo("token").filter(({ params }) => params["grant_type"] === "refresh_token");

/** Whether the provider said that the refresh token is dead. */
export const isRejection = ({ verdict }: ProviderRequest, { mood }: Model): boolean =>
  verdict === "invalid_grant" || (verdict === "scripted" && mood.rejects === true);
