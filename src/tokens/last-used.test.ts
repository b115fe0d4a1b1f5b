import { describe, expect, it } from "vitest";
import type { TokenUse } from "../store/index.ts";
import { createLastUsed } from "./last-used.ts";

const steppingClock = () => {
  let nowMs = 0;
  return { monotonicMs: () => nowMs, step: (ms: number) => void (nowMs += ms) };
};

describe("last uses", () => {
  it("are written in batches, each row once with its latest use", async () => {
    const clock = steppingClock();
    const written: TokenUse[][] = [];
    const lastUsed = createLastUsed(async (uses) => void written.push([...uses]), clock);
    for (let id = 0; id < 1500; id += 1) lastUsed.note(String(id));
    clock.step(1000);
    lastUsed.note("0");
    clock.step(500);
    expect(await lastUsed.flush()).toBe(1500);
    expect(written.map((batch) => batch.length)).toEqual([1000, 500]);
    expect(written[0]?.slice(0, 2)).toEqual([
      { id: "0", usedAgoMs: 500 },
      { id: "1", usedAgoMs: 1500 },
    ]);
    expect(await lastUsed.flush()).toBe(0);
  });

  it("are kept when they cannot be written, with what came since", async () => {
    const clock = steppingClock();
    let away = true;
    const written: TokenUse[] = [];
    const lastUsed = createLastUsed(async (uses) => {
      lastUsed.note("1");
      clock.step(10);
      if (away) throw new Error("away");
      written.push(...uses);
    }, clock);
    lastUsed.note("1");
    lastUsed.note("2");
    await expect(lastUsed.flush()).rejects.toThrow("away");
    away = false;
    expect(await lastUsed.flush()).toBe(2);
    expect(written).toEqual([
      { id: "1", usedAgoMs: 10 },
      { id: "2", usedAgoMs: 10 },
    ]);
  });
});
