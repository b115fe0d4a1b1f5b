import { expect, it } from "vitest";
import { reuseSeconds } from "./reuse.ts";

it.each([
  [{ rotates: false }, Infinity],
  [{ rotates: false, graceSeconds: 0 }, Infinity],
  [{ rotates: true, graceSeconds: 30 }, 30],
  [{ rotates: true, graceSeconds: 0 }, 0],
  [{ rotates: true }, 0],
  [{ rotates: undefined, graceSeconds: 10 }, 10],
  [{}, 0],
])("%o: a spent refresh token is accepted for %d s", (rules, seconds) => {
  expect(reuseSeconds(rules)).toBe(seconds);
});
