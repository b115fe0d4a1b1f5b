import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OAuthFailure } from "../oauth/index.ts";
import { createPacer, type Turn } from "./pacer.ts";

const NOW = new Date("2026-11-23T10:00:00Z");
const LONG_MS = 10_000;

const newPacer = () => {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const pacer = createPacer({ clock, random: () => 0.5 });
  const enter = async (lane: string, urgency: "read" | "background" = "read"): Promise<Turn> => {
    const turn = await pacer.enter(lane, urgency, LONG_MS);
    if (!turn) throw new Error("sent away");
    return turn;
  };
  return { clock, pacer, enter };
};

const times = (begunMs = 0, endedMs = 1) => ({ begunMs, endedMs, now: NOW });
const throttled = (retryAfterMs?: number): OAuthFailure =>
  new OAuthFailure("throttled", { class: "transient", httpStatus: 429, retryAfterMs, sent: true });

/** Which of the promises are settled by now. */
const settled = async (promises: readonly Promise<unknown>[]): Promise<boolean[]> => {
  const done = promises.map(() => false);
  promises.forEach((promise, index) => void promise.then(() => (done[index] = true)));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

describe("a pacer", () => {
  it("lets eight in, then one for each that leaves, in the order they came", async () => {
    const { enter } = newPacer();
    const turns = await Promise.all(Array.from({ length: 8 }, () => enter("acme")));
    const waiting = [enter("acme"), enter("acme")];
    expect(await settled(waiting)).toEqual([false, false]);
    turns[0]?.leave();
    turns[0]?.leave();
    expect(await settled(waiting)).toEqual([true, false]);
    turns[1]?.leave();
    expect(await settled(waiting)).toEqual([true, true]);
  });

  it("lets readers in before the background, whoever came first", async () => {
    const { enter } = newPacer();
    const turns = await Promise.all(Array.from({ length: 8 }, () => enter("acme")));
    const background = enter("acme", "background");
    const reader = enter("acme");
    turns[0]?.leave();
    expect(await settled([background, reader])).toEqual([false, true]);
    turns[1]?.leave();
    expect(await settled([background])).toEqual([true]);
  });

  it("keeps no lane waiting for another", async () => {
    const { enter, pacer } = newPacer();
    await Promise.all(Array.from({ length: 8 }, () => enter("hangs")));
    expect(await settled([enter("hangs"), enter("acme")])).toEqual([false, true]);
    expect(pacer.room("hangs", 0, NOW)).toBe(0);
    expect(pacer.room("acme", 0, NOW)).toBe(7);
  });

  it("sends away whoever waited too long, without harm to the next", async () => {
    const { enter, pacer } = newPacer();
    const turns = await Promise.all(Array.from({ length: 8 }, () => enter("acme")));
    expect(await pacer.enter("acme", "read", 10)).toBeUndefined();
    turns[0]?.leave();
    expect(await settled([enter("acme"), enter("acme")])).toEqual([true, false]);
  });

  it("has room for the background beside those under way and the readers who wait", async () => {
    const { enter, pacer } = newPacer();
    const turns = [await enter("acme"), await enter("acme", "background")];
    expect(pacer.room("acme", 1, NOW)).toBe(6);
    expect(pacer.room("acme", 5, NOW)).toBe(3);
    for (let i = 0; i < 6; i += 1) turns.push(await enter("acme"));
    void enter("acme");
    turns[0]?.leave();
    expect(pacer.room("acme", 0, NOW)).toBe(0);
  });

  it("halves what it lets in after 429, and pauses the background of that lane for as long as it says", async () => {
    const { enter, pacer } = newPacer();
    const turn = await enter("acme");
    turn.answered(throttled(30_000), times());
    turn.leave();
    const until = new Date(NOW.getTime() + 30_000);
    expect(pacer.pausedUntil("acme", NOW)).toEqual(until);
    expect(pacer.room("acme", 0, NOW)).toBe(0);
    expect(pacer.room("acme", 0, until)).toBe(4);
    expect(pacer.pausedUntil("acme", until)).toBeUndefined();
    expect(pacer.pausedUntil("other", NOW)).toBeUndefined();
    const readers = Array.from({ length: 5 }, () => enter("acme"));
    expect(await settled(readers)).toEqual([true, true, true, true, false]);
  });

  it("starts slowly when it is told to, for a minute, and readers do not notice", async () => {
    const { clock, enter, pacer } = newPacer();
    pacer.slowStart();
    expect(pacer.room("acme", 0, NOW)).toBe(2);
    await Promise.all(Array.from({ length: 8 }, () => enter("read")));
    clock.nowMs = 10_000;
    expect(pacer.room("acme", 0, NOW)).toBe(5);
    clock.nowMs = 60_000;
    expect(pacer.room("acme", 0, NOW)).toBe(8);
  });

  it("sends everybody away when it closes", async () => {
    const { enter, pacer } = newPacer();
    await Promise.all(Array.from({ length: 8 }, () => enter("acme")));
    const waiting = pacer.enter("acme", "read", LONG_MS);
    pacer.close();
    expect([await waiting, await pacer.enter("acme", "read", LONG_MS)]).toEqual([undefined, undefined]);
  });

  describe("of a vendor who allows four calls in ten seconds", () => {
    const rate = { requests: 4, perSeconds: 10 };
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    const passMs = async ({ clock }: ReturnType<typeof newPacer>, ms: number): Promise<void> => {
      clock.nowMs += ms;
      await vi.advanceTimersByTimeAsync(ms);
    };

    it("lets the fifth in when the first is ten seconds old, though nobody leaves meanwhile", async () => {
      const paced = newPacer();
      const enter = () => paced.pacer.enter("acme", "read", 60_000, rate);
      await enter();
      await passMs(paced, 4_000);
      await Promise.all([enter(), enter(), enter()]);
      let entered = 0;
      for (let count = 0; count < 3; count += 1) void enter().then(() => (entered += 1));
      await passMs(paced, 5_999);
      expect(entered).toBe(0);
      await passMs(paced, 1);
      expect(entered).toBe(1);
      await passMs(paced, 3_999);
      expect(entered).toBe(1);
      await passMs(paced, 1);
      expect(entered).toBe(3);
    });

    it("keeps the last quarter for readers", async () => {
      const { pacer } = newPacer();
      const turns: (Turn | undefined)[] = [];
      for (let count = 0; count < 3; count += 1)
        turns.push(await pacer.enter("acme", "background", 60_000, rate));
      turns.forEach((turn) => turn?.leave());
      expect(pacer.room("acme", 0, NOW)).toBe(0);
      const ahead = pacer.enter("acme", "background", 100, rate);
      expect(await pacer.enter("acme", "read", 60_000, rate)).toBeDefined();
      await vi.advanceTimersByTimeAsync(100);
      expect(await ahead).toBeUndefined();
    });
  });
});
