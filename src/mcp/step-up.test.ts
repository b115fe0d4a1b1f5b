import { describe, expect, it } from "vitest";
import { tokenRow } from "../../test/support/token-row.ts";
import type { BearerChallenge } from "./challenge.ts";
import { countStepUp, isStepUp } from "./step-up.ts";

const GRANT = {
  namespace: "default",
  connectionId: "c",
  userId: "u",
  provider: "",
  mcpServerUrl: "https://h.test/mcp",
};
const challenge = (scopes: readonly string[] | undefined, error = "insufficient_scope"): BearerChallenge => ({
  resourceMetadata: undefined,
  scopes,
  error,
});

describe("isStepUp", () => {
  it.each([
    [undefined, false],
    [challenge(["a"]), true],
    [challenge(undefined), true],
    [challenge(["a"], "invalid_token"), false],
    [{ ...challenge(["a"]), error: undefined }, false],
  ])("of %j: %s", (given, expected) => {
    expect(isStepUp(given)).toBe(expected);
  });
});

describe("countStepUp", () => {
  const counted = async (stepUps: number, scopes: readonly string[] | undefined, isCounted = true) => {
    const limits: number[] = [];
    const tokens = {
      countStepUp: (_: unknown, limit: number) => {
        limits.push(limit);
        return Promise.resolve(isCounted);
      },
    };
    const present = { ...tokenRow(), scopes: ["a", "b"], stepUps };
    const outcome = await countStepUp(tokens, GRANT, present, challenge(scopes)).then(
      () => "counted",
      (error: unknown) => error,
    );
    return { outcome, limits };
  };
  const refused = expect.objectContaining({ code: "STEP_UP_LIMIT", metadata: { rule: "step_up" } });

  it.each<[string, number, readonly string[] | undefined, unknown]>([
    ["the first for more", 0, ["c"], { outcome: "counted", limits: [3] }],
    ["the third for more", 2, ["a", "c"], { outcome: "counted", limits: [3] }],
    ["the fourth", 3, ["c"], { outcome: refused, limits: [] }],
    ["the first for what is granted", 0, ["a"], { outcome: "counted", limits: [1] }],
    ["the second for what is granted", 1, ["a", "b"], { outcome: refused, limits: [] }],
    ["the first for nothing that is named", 0, undefined, { outcome: "counted", limits: [1] }],
    ["the second for nothing that is named", 1, undefined, { outcome: refused, limits: [] }],
  ])("%s", async (_, stepUps, scopes, expected) => {
    expect(await counted(stepUps, scopes)).toEqual(expected);
  });

  it("gives way to others that were counted meanwhile", async () => {
    expect(await counted(0, ["c"], false)).toEqual({ outcome: refused, limits: [3] });
  });
});
