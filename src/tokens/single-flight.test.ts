import { describe, expect, it } from "vitest";
import { createSingleFlight } from "./single-flight.ts";

const held = <T>() => {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let begun = 0;
  const begin = (): Promise<T> => {
    begun += 1;
    return promise;
  };
  return { begin, resolve, reject, begun: () => begun };
};

describe("single flight", () => {
  it("runs once for all who join, and anew after it has landed", async () => {
    const flights = createSingleFlight<number>();
    const work = held<number>();
    const joined = Promise.all([flights.join("a", work.begin), flights.join("a", work.begin)]);
    expect(flights.has("a")).toBe(true);
    work.resolve(1);
    expect(await joined).toEqual([1, 1]);
    expect(work.begun()).toBe(1);
    expect(flights.has("a")).toBe(false);
    await flights.join("a", work.begin);
    expect(work.begun()).toBe(2);
  });

  it("keeps keys apart", async () => {
    const flights = createSingleFlight<string>();
    expect(await Promise.all(["a", "b"].map((key) => flights.join(key, async () => key)))).toEqual([
      "a",
      "b",
    ]);
  });

  it("follows: waits for the flight under way and then makes its own", async () => {
    const flights = createSingleFlight<number>();
    const first = held<number>();
    const second = held<number>();
    const joined = flights.join("a", first.begin);
    const following = flights.follow("a", second.begin);
    await Promise.resolve();
    expect(second.begun()).toBe(0);
    first.reject(new Error("first"));
    await expect(joined).rejects.toThrow("first");
    second.resolve(2);
    expect(await following).toBe(2);
  });

  it("has landed when nothing is under way, failures included", async () => {
    const flights = createSingleFlight<number>();
    const work = held<number>();
    const joined = flights.join("a", work.begin);
    const landed = flights.landed();
    work.reject(new Error("failed"));
    await expect(joined).rejects.toThrow("failed");
    await landed;
    expect(flights.has("a")).toBe(false);
  });
});
