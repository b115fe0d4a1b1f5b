import { describe, expect, it } from "vitest";
import { createTurns } from "./turns.ts";

/** Takes turns in the order given; answers the order in which the work was done. */
const orderOf = async (kinds: readonly ("read" | "write")[]): Promise<string[]> => {
  const turns = createTurns();
  const done: string[] = [];
  let atOnce = 0;
  const work = kinds.map((kind, index) =>
    turns.take(kind, async () => {
      atOnce += 1;
      await new Promise((resolve) => setImmediate(resolve));
      expect(atOnce).toBe(1);
      atOnce -= 1;
      done.push(`${kind} ${index}`);
    }),
  );
  expect(turns.size()).toBe(kinds.length);
  await Promise.all(work);
  expect(turns.size()).toBe(0);
  return done;
};

describe("createTurns", () => {
  it("lets reads pass writes that wait, each kind in its order", async () => {
    expect(await orderOf(["write", "write", "read", "write", "read"])).toEqual([
      "write 0",
      "read 2",
      "read 4",
      "write 1",
      "write 3",
    ]);
  });

  it("lets a write in after sixteen reads", async () => {
    const done = await orderOf(["write", "write", ...Array<"read">(20).fill("read")]);
    expect(done.indexOf("write 1")).toBe(17);
  });

  it("goes on after work that failed", async () => {
    const turns = createTurns();
    const failing = turns.take("write", () => Promise.reject(new Error("no")));
    const other = turns.take("read", async () => "done");
    await expect(failing).rejects.toThrow("no");
    expect(await other).toBe("done");
  });
});
