import { describe, expect, it } from "vitest";
import { stackFrames } from "./stack-frames.ts";

describe("stackFrames", () => {
  it("is where the error came from", () => {
    const frames = stackFrames(new Error("secret"));
    expect(frames[0]).toMatch(/stack-frames\.test\.ts:\d+:\d+/);
    expect(frames.join("\n")).not.toContain("secret");
    const caught = ((): unknown => {
      try {
        return JSON.parse("secret");
      } catch (error) {
        return error;
      }
    })();
    expect(stackFrames(caught)[0]).toContain("stack-frames.test.ts");
    expect(stackFrames(caught).join("\n")).not.toContain("secret");
  });

  it("has nothing of a message that looks like a stack", () => {
    const error = new Error("first\n    at secret (/secret.js:1:1)\n    at /secret:1:1");
    expect(stackFrames(error).length).toBeGreaterThan(0);
    expect(stackFrames(error).join("\n")).not.toContain("secret");
  });

  it("tells nothing of a stack that somebody has made", () => {
    const changed = new Error("a\n    at secret (/secret.js:1:1)");
    expect(changed.stack).toContain("secret");
    changed.message = "another";
    expect(stackFrames(changed)).toEqual([]);
    const made = Object.assign(new Error("x"), { stack: "Error: x\n    at secret\n at secret secret:1:1" });
    expect(stackFrames(made)).toEqual([]);
    expect(stackFrames(Object.assign(new Error("x"), { stack: 7 }))).toEqual([]);
    expect(stackFrames("at secret (/secret.js:1:1)")).toEqual([]);
  });
});
