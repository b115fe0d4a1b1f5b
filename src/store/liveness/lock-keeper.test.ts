import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type LogFields, silentLogger } from "../../telemetry/index.ts";
import { SECOND } from "../../time.ts";
import { createLockKeeper } from "./lock-keeper.ts";
import type { HeldLocks, LockSession } from "./lock-session.ts";

const WAIT = { timeout: 15_000, interval: 20 };
const WELL: HeldLocks = { mine: true, peers: new Set() };

/** A keeper on a clock that the test moves, and sessions that answer what the test says. */
const keeperOn = (answer: () => Promise<HeldLocks> | HeldLocks) => {
  const opened: number[] = [];
  const reasons: LogFields["reason"][] = [];
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs };
  const session = (): LockSession => {
    const gone = Promise.withResolvers<void>();
    const end = async (): Promise<void> => gone.resolve();
    return { backendPid: opened.length, look: async () => await answer(), ended: gone.promise, end };
  };
  const reopen = async (backendPid: number): Promise<LockSession> => {
    opened.push(backendPid);
    return session();
  };
  const logger = {
    ...silentLogger,
    warn: (_: string, fields: LogFields = {}) => void reasons.push(fields.reason),
  };
  const first = session();
  const keeper = createLockKeeper(first, reopen, { clock, logger });
  onTestFinished(() => keeper.close());
  return { keeper, opened, reasons, passMs: (ms: number) => (nowMs += ms) };
};

describe("createLockKeeper", () => {
  it("holds until nothing was heard of the lock for 6 s, as after a sleep of the whole process", () => {
    const { keeper, passMs } = keeperOn(() => WELL);
    passMs(6 * SECOND);
    expect(keeper.held()).toBe(true);
    passMs(1);
    expect(keeper.held()).toBe(false);
    expect(keeper.steadyMs()).toBe(6 * SECOND + 1);
  });

  it("begins its steadiness anew with an answer that took long", async () => {
    const asked: number[] = [];
    const { keeper, passMs } = keeperOn(() => {
      asked.push(passMs(asked.length === 0 ? 2001 : 2000));
      return WELL;
    });
    passMs(60_000);
    await vi.waitFor(() => expect(asked).toHaveLength(1), WAIT);
    await vi.waitFor(() => expect(keeper.steadyMs()).toBe(0), WAIT);
    await vi.waitFor(() => expect(asked).toHaveLength(2), WAIT);
    expect(keeper.steadyMs()).toBe(2000);
    expect(keeper.held()).toBe(true);
  });

  it("gives up a connection that stands without the lock, or answers no more, and opens another one", async () => {
    const answers: (() => HeldLocks)[] = [
      () => ({ ...WELL, mine: false }),
      () => {
        throw new Error("Query read timeout");
      },
    ];
    const { keeper, opened, reasons } = keeperOn(() => (answers.shift() ?? (() => WELL))());
    await vi.waitFor(() => expect(opened).toEqual([0, 1]), WAIT);
    expect(reasons).toEqual(["lock_not_held", "Error"]);
    await vi.waitFor(() => expect(keeper.held()).toBe(true), WAIT);
    await keeper.close();
    expect(keeper.held()).toBe(false);
    expect(opened).toHaveLength(2);
  });
});
