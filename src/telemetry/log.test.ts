import { describe, expect, it } from "vitest";
import { canary } from "../../test/support/canaries.ts";
import { createLogger, errorClass, type LogFields, type LoggerOptions } from "./log.ts";

const lines = (level: NonNullable<LoggerOptions["level"]> = "debug") => {
  const written: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => void written.push(line) } });
  return { logger, written };
};

describe("a log line", () => {
  it("is JSON with level, time, event and the fields of the list", () => {
    const { logger, written } = lines();
    logger.warn("something", { provider: "acme", count: 3, code: undefined });
    const line = JSON.parse(written[0] ?? "") as Record<string, unknown>;
    expect(line).toEqual({
      level: "warn",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      event: "something",
      provider: "acme",
      count: 3,
    });
  });

  it("leaves out what came past the compiler", () => {
    const { logger, written } = lines();
    const secret = canary("log_field");
    const request = {
      provider: "acme",
      access_token: secret,
      user_id: "ada",
      err: new Error(secret),
      cause: { secret },
      reason: [secret],
      toJSON: () => secret,
      time: secret,
      level: secret,
      event: secret,
    } as unknown as LogFields;
    for (const level of ["debug", "info", "warn", "error"] as const) logger[level]("call", request);
    expect(written).toHaveLength(4);
    for (const line of written) {
      expect(line).not.toContain(secret);
      expect(Object.keys(JSON.parse(line) as object)).toEqual(["level", "time", "provider", "event"]);
    }
  });

  it("is one line, and not endless", () => {
    const { logger, written } = lines();
    logger.info("a", { host: "x\n{}\n", path: "y".repeat(100_000) });
    expect(written[0]?.trimEnd().split("\n")).toHaveLength(1);
    expect(written[0]?.length).toBeLessThan(5000);
  });

  it("is not written below the level", () => {
    const { logger, written } = lines("warn");
    logger.debug("a");
    logger.info("b");
    logger.error("c");
    expect(written).toHaveLength(1);
    const silent = lines("silent");
    silent.logger.error("d");
    expect(silent.written).toEqual([]);
  });
});

describe("errorClass", () => {
  it.each([
    [new TypeError(canary("message")), "TypeError"],
    [Object.assign(new Error(canary("message")), { code: "ECONNREFUSED" }), "Error:ECONNREFUSED"],
    [Object.assign(new Error("x"), { code: canary("code") }), "Error"],
    [canary("message"), "string"],
  ])("is class and code: %#", (error, expected) => expect(errorClass(error)).toBe(expected));

  it("has no name that somebody has made", () => {
    const named = Object.assign(new Error("x"), { name: canary("name") });
    expect(errorClass(named)).toBe("Error");
  });
});
