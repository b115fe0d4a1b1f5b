import * as fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, SECOND } from "../../src/time.ts";
import { describeEachStore } from "../support/database.ts";
import { arrives, type Event, EVENTS, holdEnds, unkilled } from "./grant-events.ts";
import { step } from "./grant-laws.ts";
import {
  createReal,
  GOOD,
  type Model,
  newGrant,
  pass,
  type Real,
  rowOf,
  settle,
  VENDORS,
} from "./grant-model.ts";

/** An event some time after the one before. */
const commandOf = ([event, afterMs]: [Event, number]): fc.AsyncCommand<Model, Real> => ({
  check: (model) => event.when(model),
  async run(model, real) {
    if (afterMs > 0) await pass(real, afterMs);
    await step(event, real, model);
  },
  toString: () => (afterMs === 0 ? event.name : `${afterMs / SECOND} s later, ${event.name}`),
});

const events = fc.oneof(
  ...EVENTS.map((group) => ({ weight: group.share, arbitrary: fc.constantFrom(...group.events) })),
);
/** Within a back-off, past most of them, past all waits that are a minute long. */
const pause = fc.constantFrom(0, 20 * SECOND, 61 * SECOND);

const commands = fc.commands([fc.tuple(events, pause).map(commandOf)], {
  maxCommands: 40,
  size: "max",
});

/** Whatever happened: what is not dead or revoked is well again when the provider is. */
const assertRecovers = async (real: Real, model: Model): Promise<void> => {
  for (const event of [arrives, unkilled, holdEnds]) if (event.when(model)) await event.happens(real, model);
  real.setMood(GOOD);
  for (let attempt = 0; attempt < 3 && (await rowOf(real))?.status === "degraded"; attempt += 1) {
    await pass(real, HOUR);
    await Promise.allSettled([real.replicas[1].refreshToken(real.selector)]);
    await settle(real, model);
  }
  const status = (await rowOf(real))?.status;
  if (status !== "needs_reauth") expect(status).toBe(model.isLive ? "active" : undefined);
};

/** Each of some 30 steps, in a few seconds. */
const RUNS = { pglite: 4, postgresql: 8 };

describeEachStore("a grant", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it.each(VENDORS)(
    "of $name keeps the laws of its life, whatever happens to it on two replicas",
    async (vendor) => {
      await fc.assert(
        fc.asyncProperty(commands, fc.nat(), async (sequence, seed) => {
          const real = await createReal(database, vendor, seed);
          const model = newGrant();
          await fc.asyncModelRun(() => ({ model, real }), sequence);
          await assertRecovers(real, model);
        }),
        { numRuns: RUNS[backend.kind], endOnFailure: false },
      );
    },
    120 * SECOND,
  );
});
