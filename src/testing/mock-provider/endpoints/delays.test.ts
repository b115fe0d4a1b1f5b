import { expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { drawDelayMs } from "./delays.ts";

const BANDS = [{ share: 0.1, fromMs: 600, toMs: 900 }];

it("delays its share of the answers within the band, and the rest as said", () => {
  const random = createRandom(1, "delays");
  const delays = Array.from({ length: 10_000 }, () => drawDelayMs(BANDS, 5, random));
  const slow = delays.filter((ms) => ms !== 5);
  expect(slow.length).toBeGreaterThan(900);
  expect(slow.length).toBeLessThan(1100);
  expect(Math.min(...slow)).toBeGreaterThanOrEqual(600);
  expect(Math.max(...slow)).toBeLessThan(900);
});

it("draws the same delays for the same seed, and others for another seed or name", () => {
  const draw = (seed: number, name: string) => {
    const random = createRandom(seed, name);
    return Array.from({ length: 20 }, () => drawDelayMs(BANDS, random(), random));
  };
  expect(draw(7, "a")).toEqual(draw(7, "a"));
  expect(draw(8, "a")).not.toEqual(draw(7, "a"));
  expect(draw(7, "b")).not.toEqual(draw(7, "a"));
});
