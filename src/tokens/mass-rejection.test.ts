import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMassRejection, type OutcomeCount } from "./mass-rejection.ts";

/** Newest first: [succeeded, rejected]. */
const counts = (...pairs: readonly (readonly [number, number])[]): OutcomeCount[] =>
  pairs.map(([succeeded, rejected]) => ({ succeeded, rejected }));

describe("isMassRejection", () => {
  it.each<[string, OutcomeCount[], boolean]>([
    ["nothing happened", [], false],
    ["one dead grant among 60 healthy ones", counts([30, 1], [30, 0]), false],
    ["one dead grant and nobody else", counts([0, 1]), false],
    ["four dead grants and nobody else", counts([0, 4]), false],
    ["five, and nobody else", counts([0, 5]), true],
    ["five, spread over the time", counts([0, 1], [0, 1], [0, 1], [0, 1], [0, 1]), true],
    ["half of them", counts([5, 5]), false],
    ["more than half", counts([5, 6]), true],
    ["everybody since a moment ago, after a long good time", counts([0, 5], [600, 0], [600, 0]), true],
    ["everybody, some time ago, and now all is well", counts([30, 0], [0, 20]), false],
    ["a bad moment that the next one outvoted", counts([6, 0], [0, 5], [100, 0]), false],
    ["a bad moment that nothing followed", counts([0, 0], [0, 5], [100, 0]), true],
  ])("%s", (_, recent, expected) => {
    expect(isMassRejection(recent)).toBe(expected);
  });

  const count = fc.record({ succeeded: fc.nat(20), rejected: fc.nat(20) });

  it("never comes from fewer than five, and always from five without a success", () => {
    fc.assert(
      fc.property(fc.array(count), (recent) => {
        const rejected = recent.reduce((sum, one) => sum + one.rejected, 0);
        const succeeded = recent.reduce((sum, one) => sum + one.succeeded, 0);
        if (rejected < 5) expect(isMassRejection(recent)).toBe(false);
        else if (succeeded === 0) expect(isMassRejection(recent)).toBe(true);
      }),
    );
  });

  it("is never averted by a further rejection, nor brought about by a further success", () => {
    fc.assert(
      fc.property(fc.array(count, { minLength: 1 }), fc.nat(), (recent, where) => {
        const index = where % recent.length;
        const changed = (by: Partial<OutcomeCount>): OutcomeCount[] =>
          recent.map((one, at) => (at === index ? { ...one, ...by } : one));
        const one = recent[index]!;
        if (isMassRejection(recent))
          expect(isMassRejection(changed({ rejected: one.rejected + 1 }))).toBe(true);
        else expect(isMassRejection(changed({ succeeded: one.succeeded + 1 }))).toBe(false);
      }),
    );
  });
});
