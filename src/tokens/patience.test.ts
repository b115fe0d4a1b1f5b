import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { systemClock } from "../time.ts";
import { createPatience, LATE } from "./patience.ts";

const never = new Promise<string>(() => {});

describe("patience", () => {
  it("gives what comes in time, and LATE for what does not", async () => {
    const patience = createPatience(systemClock, 50, undefined);
    expect(await patience.within(Promise.resolve("here"))).toBe("here");
    expect(await patience.within(never)).toBe(LATE);
    expect(await patience.within(delay(20, "too late"))).toBe(LATE);
  });

  it("passes on a failure, and swallows one that comes too late", async () => {
    const patience = createPatience(systemClock, 30, undefined);
    await expect(patience.within(Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    const late = delay(50).then(() => {
      throw new Error("unheard");
    });
    expect(await patience.within(late)).toBe(LATE);
    await delay(40);
  });

  it("ends when the caller goes away, also one who was gone before", async () => {
    const caller = new AbortController();
    const patience = createPatience(systemClock, 5000, caller.signal);
    setTimeout(() => caller.abort(), 20);
    await expect(patience.within(never)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await expect(patience.within(Promise.resolve("here"))).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
  });

  it("pauses, and says when the time is up", async () => {
    const patience = createPatience(systemClock, 60, undefined);
    expect(await patience.pause(20)).toBe(true);
    const startedMs = performance.now();
    expect(await patience.pause(1000)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  it("can be shortened, never lengthened", async () => {
    const patience = createPatience(systemClock, 30, undefined);
    const startedMs = performance.now();
    expect(await patience.atMost(10_000).within(never)).toBe(LATE);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
