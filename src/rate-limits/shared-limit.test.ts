import { describe, expect, it } from "vitest";
import type { Taken } from "../store/index.ts";
import { createSharedLimit } from "./shared-limit.ts";

const RATE = { intervalMs: 1000, burst: 3 };

describe("a shared limit", () => {
  const limitWith = (answers: (wanted: number) => Promise<Taken>) => {
    const asked: number[] = [];
    const keys = new Set<string>();
    let nowMs = 0;
    const limit = createSharedLimit({
      scope: "start",
      rate: RATE,
      clock: { monotonicMs: () => nowMs },
      limits: {
        take(key, wanted) {
          asked.push(wanted);
          keys.add(key);
          return answers(wanted);
        },
      },
    });
    return { limit, asked, keys, pass: (ms: number) => (nowMs += ms) };
  };

  it("asks for all that came meanwhile by one statement, and grants them in their order", async () => {
    const { limit, asked, keys } = limitWith(async (wanted) => ({
      granted: Math.min(wanted, 2),
      nextInMs: 400,
    }));
    const answers = await Promise.all(Array.from({ length: 4 }, () => limit.take("192.0.2.7")));
    expect(answers).toEqual([undefined, undefined, undefined, 400]);
    expect(asked).toEqual([1, 3]);
    expect([...keys].join()).not.toContain("192.0.2.7");
  });

  it("asks nobody about a key that was refused, until its time", async () => {
    const { limit, asked, pass } = limitWith(async () => ({ granted: 0, nextInMs: 400 }));
    expect(await limit.take("a")).toBe(400);
    pass(100);
    expect([await limit.take("a"), limit.refusedForMs("a"), limit.refusedForMs("b")]).toEqual([
      300,
      300,
      undefined,
    ]);
    expect(asked).toEqual([1]);
    pass(300);
    await limit.take("a");
    expect(asked).toEqual([1, 1]);
  });

  it("passes on that the database is away, and asks it again", async () => {
    let isAway = true;
    const { limit } = limitWith(async () => {
      if (isAway) throw new Error("away");
      return { granted: 1, nextInMs: 0 };
    });
    await expect(limit.take("a")).rejects.toThrow("away");
    isAway = false;
    expect(await limit.take("a")).toBeUndefined();
  });
});
