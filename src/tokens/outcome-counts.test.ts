import { describe, expect, it, vi } from "vitest";
import type { RegistrationOutcomes } from "../store/index.ts";
import { createOutcomeCounts } from "./outcome-counts.ts";

type Outcomes = readonly RegistrationOutcomes[];

const recording = () => {
  const written: Outcomes[] = [];
  const state = { away: false };
  const counts = createOutcomeCounts(async (outcomes) => {
    if (state.away) throw new Error("away");
    written.push(outcomes);
  });
  return { counts, written, state };
};

const acme = (succeeded: number, rejected: number, rejectedLast = rejected): RegistrationOutcomes => ({
  registrationId: "acme",
  succeeded,
  rejected,
  rejectedLast,
});

describe("outcome counts", () => {
  it("are written once, summed up for each registration", async () => {
    const { counts, written } = recording();
    counts.succeeded("acme");
    counts.succeeded("acme");
    counts.rejected("acme");
    counts.rejected("hooli");
    await counts.flush();
    await counts.flush();
    expect(written).toEqual([[acme(2, 1), { ...acme(0, 1), registrationId: "hooli" }]]);
  });

  it("tell the rejections after the last success from those before it", async () => {
    const { counts, written, state } = recording();
    counts.rejected("acme");
    counts.succeeded("acme");
    counts.rejected("acme");
    state.away = true;
    await counts.flush().catch(() => {});
    counts.rejected("acme");
    state.away = false;
    await counts.flush();
    expect(written).toEqual([[acme(1, 3, 2)]]);
  });

  it("are kept when the store does not take them", async () => {
    const { counts, written, state } = recording();
    counts.succeeded("acme");
    state.away = true;
    await expect(counts.flush()).rejects.toThrow("away");
    counts.rejected("acme");
    state.away = false;
    await counts.flush();
    expect(written).toEqual([[acme(1, 1)]]);
  });

  it("wait for a write under way, so that whoever flushed finds everything written", async () => {
    let release = (): void => {};
    const written: Outcomes[] = [];
    const counts = createOutcomeCounts(async (outcomes) => {
      await new Promise<void>((resolve) => (release = resolve));
      written.push(outcomes);
    });
    counts.succeeded("acme");
    const first = counts.flush();
    await new Promise((resolve) => setImmediate(resolve));
    counts.rejected("acme");
    const second = counts.flush();
    const releasing = setInterval(() => release());
    await Promise.all([first, second]);
    clearInterval(releasing);
    expect(written).toEqual([[acme(1, 0)], [acme(0, 1)]]);
  });

  it("are written by themselves after a second", async () => {
    const { counts, written } = recording();
    counts.succeeded("acme");
    counts.succeeded("acme");
    await vi.waitFor(() => expect(written).toEqual([[acme(2, 0)]]), { timeout: 3000 });
  });
});
