import { expect, it, describe } from "vitest";
import { createDueTimes } from "./due-times.ts";

const item = (name: string) => ({ name, dueSecond: undefined as number | undefined });

describe("createDueTimes", () => {
  it("gives each whose time has come, once", () => {
    const due = createDueTimes<ReturnType<typeof item>>();
    const [one, two, three] = [item("one"), item("two"), item("three")];
    due.set(one, 1500);
    due.set(two, 2500);
    due.set(three, 1600);
    expect(due.take(1999)).toEqual([]);
    expect(due.take(2000)).toEqual([one, three]);
    expect(due.take(60_000)).toEqual([two]);
    expect(due.take(60_000)).toEqual([]);
  });

  it("forgets what was set before", () => {
    const due = createDueTimes<ReturnType<typeof item>>();
    const [one, two] = [item("one"), item("two")];
    due.set(one, 1000);
    due.set(two, 1000);
    due.set(one, 5000);
    due.set(two, undefined);
    expect(due.take(4000)).toEqual([]);
    expect(due.take(5000)).toEqual([one]);
    expect([one, two].map(({ dueSecond }) => dueSecond)).toEqual([undefined, undefined]);
  });
});
