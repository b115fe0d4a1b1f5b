import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { canary } from "../../test/support/canaries.ts";
import { UnsavedTokensError } from "../app.ts";
import { ConfigError } from "../config/index.ts";
import { BrokerError, OperatorError } from "../errors.ts";
import { reportFailure } from "./failure.ts";

const report = (error: unknown) => {
  const complained: string[] = [];
  const code = reportFailure(error, {
    print: () => {},
    complain: (text) => void complained.push(text),
    environment: {},
  });
  return { code, text: complained.join("\n") };
};

describe("reportFailure", () => {
  it("lists the problems of a configuration and ends with 2", () => {
    const error = new ConfigError([{ variable: "X", problem: "is wrong", cure: "correct it" }], ["beware"]);
    const { code, text } = report(error);
    expect(code).toBe(2);
    expect(text).toContain("X is wrong");
    expect(text).toContain("correct it");
    expect(text).toContain("warning: beware");
  });

  it.each([
    new BrokerError("KEY_UNAVAILABLE", "no key opens it"),
    new OperatorError("another process uses the data directory /x"),
  ])("shows what this program says itself and ends with 1: %s", (error) => {
    expect(report(error)).toEqual({ code: 1, text: `token-broker: ${error.message}` });
  });

  it("ends with 3 when rotated tokens end with the process, and says what would keep them", () => {
    const { code, text } = report(new UnsavedTokensError(2));
    expect(code).toBe(3);
    expect(text).toContain("2 refreshed tokens");
    expect(text).toContain("BROKER_SPOOL_DIR");
  });

  it("names the address that is taken", async () => {
    const listening = async (port: number) => {
      const server = createServer();
      const done = Promise.withResolvers<unknown>();
      server.once("error", done.resolve).once("listening", () => done.resolve(undefined));
      server.listen(port, "127.0.0.1");
      return { server, error: await done.promise };
    };
    const first = await listening(0);
    const address = first.server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { error } = await listening(port);
    first.server.close();
    const { code, text } = report(error);
    expect(code).toBe(1);
    expect(text).toContain(`cannot listen on 127.0.0.1:${port} (EADDRINUSE)`);
    expect(text).toContain("BROKER_RPC_ADDR");
  });

  it.each([
    ["a library's error", () => new (class DriverException extends Error {})(canary("parameter"))],
    ["an error that nobody has named", () => new Error(canary("token"))],
    ["a message that looks like a stack", () => new TypeError(`x\n    at ${canary("token")} (/x.js:1:1)`)],
    ["a header that cannot be sent", () => caught(() => new Headers({ a: `${canary("token")}\u0000` }))],
    ["JSON that is none", () => caught(() => JSON.parse(canary("body")))],
    ["a system error", () => Object.assign(new Error(canary("token")), { code: "ECONNRESET" })],
    ["no error at all", () => canary("token")],
  ])("keeps %s to its class", (_, make) => {
    const { code, text } = report(make());
    expect(code).toBe(1);
    expect(text).toContain("unexpected");
    expect(text).not.toContain("CANARY");
  });
});

const caught = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};
