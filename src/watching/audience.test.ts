import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrokerError } from "../errors.ts";
import { createAudience } from "./audience.ts";

const SECOND_MS = 1000;

describe("createAudience", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const open = () => {
    const presence: boolean[] = [];
    const audience = createAudience({
      clock: { monotonicMs: () => performance.now() },
      onTick: () => {},
      onPresence: (isPresent) => void presence.push(isPresent),
    });
    const seat = (stillAllowed?: () => void | Promise<void>) =>
      audience.seat({ signal: new AbortController().signal, stillAllowed });
    return { audience, presence, seat };
  };

  it("owes a heartbeat after thirty seconds of silence, and wakes who owes it", async () => {
    const { seat } = open();
    const one = seat();
    await vi.advanceTimersByTimeAsync(29 * SECOND_MS);
    expect(one.owesHeartbeat()).toBe(false);
    let isWoken = false;
    void one.bell.heard().then(() => (isWoken = true));
    await vi.advanceTimersByTimeAsync(2 * SECOND_MS);
    expect([isWoken, one.owesHeartbeat()]).toEqual([true, true]);
    one.spoke();
    expect(one.owesHeartbeat()).toBe(false);
    one.leave();
  });

  it("ends the stream of a caller whose right has ended, within ten seconds, and no other", async () => {
    const { seat } = open();
    let isAllowed = true;
    const one = seat(() => {
      if (!isAllowed) throw new BrokerError("UNAUTHENTICATED", "");
    });
    const two = seat(async () => {});
    await vi.advanceTimersByTimeAsync(60 * SECOND_MS);
    expect(one.isOpen()).toBe(true);
    isAllowed = false;
    await vi.advanceTimersByTimeAsync(11 * SECOND_MS);
    expect(() => one.isOpen()).toThrow(expect.objectContaining({ code: "WATCH_ENDED" }));
    expect(two.isOpen()).toBe(true);
    for (const { leave } of [one, two]) leave();
  });

  it("asks again later when nobody can tell at present", async () => {
    const { seat } = open();
    const one = seat(() => Promise.reject(new BrokerError("STORE_UNAVAILABLE", "")));
    await vi.advanceTimersByTimeAsync(60 * SECOND_MS);
    expect(one.isOpen()).toBe(true);
    one.leave();
  });

  it("ends every stream when it is dismissed, and lets none begin", async () => {
    const { audience, seat } = open();
    const one = seat();
    audience.dismiss();
    expect(() => one.isOpen()).toThrow(expect.objectContaining({ code: "DRAINING" }));
    expect(() => seat()).toThrow(expect.objectContaining({ code: "DRAINING" }));
    one.leave();
  });

  it("says when somebody is there, and that nobody is any more", () => {
    const { audience, presence, seat } = open();
    const [one, two] = [seat(), seat()];
    one.leave();
    one.leave();
    expect([presence, audience.size()]).toEqual([[true], 1]);
    two.leave();
    expect([presence, vi.getTimerCount()]).toEqual([[true, false], 0]);
  });
});
