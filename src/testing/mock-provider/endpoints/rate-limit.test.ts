import { expect, it } from "vitest";
import { createLimiter, type RateLimit } from "./rate-limit.ts";

const LIMIT: RateLimit = { requests: 2, perSeconds: 10, by: "vendor", retryAfter: "seconds" };

it("admits so many in each window, for each key, and says when the next one begins", () => {
  let nowMs = 1_000_000;
  const admit = createLimiter(() => nowMs);
  expect([admit(LIMIT, "a"), admit(LIMIT, "a")]).toEqual([undefined, undefined]);
  nowMs += 2500;
  expect(admit(LIMIT, "a")).toEqual({ retryAfter: "8" });
  expect(admit(LIMIT, "b")).toBeUndefined();
  nowMs += 7500;
  expect(admit(LIMIT, "a")).toBeUndefined();
});

it("words Retry-After as it is told", () => {
  const refusalWith = (retryAfter: string) => {
    const admit = createLimiter(() => Date.UTC(2030, 0, 1));
    return admit({ ...LIMIT, requests: 0, retryAfter }, "");
  };
  expect(refusalWith("date")).toEqual({ retryAfter: "Tue, 01 Jan 2030 00:00:10 GMT" });
  expect(refusalWith("none")).toEqual({ retryAfter: undefined });
  expect(refusalWith("soon")).toEqual({ retryAfter: "soon" });
});
