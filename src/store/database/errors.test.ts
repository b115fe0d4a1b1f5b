import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { BrokerError } from "../../errors.ts";
import { reasonFor, translateDatabaseError } from "./errors.ts";

const driverError = (fields: Record<string, unknown>, message = "secret message") =>
  Object.assign(new Error(message), fields);

describe("translateDatabaseError", () => {
  it.each([
    ["ECONNREFUSED"],
    ["ECONNRESET"],
    ["ENOTFOUND"],
    ["08006"],
    ["28P01"],
    ["3D000"],
    ["53100"],
    ["53300"],
    ["57P01"],
    ["57014"],
    ["58030"],
    ["25006"],
    ["40P01"],
  ])("says STORE_UNAVAILABLE with a time to try again for %s", (code) => {
    const error = translateDatabaseError(driverError({ code }));
    expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", retryAfterMs: 1000, metadata: { cause: code } });
  });

  it.each([
    "timeout exceeded when trying to connect",
    "Connection terminated unexpectedly",
    "Connection terminated due to connection timeout",
    "Query read timeout",
    "PGlite is closed",
  ])("says STORE_UNAVAILABLE for the driver's %j", (message) => {
    expect(translateDatabaseError(new Error(message)).code).toBe("STORE_UNAVAILABLE");
  });

  it("names the cure for a schema that is not there", () => {
    const error = translateDatabaseError(driverError({ code: "42P01" }));
    expect(error).toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("token-broker migrate"),
    });
  });

  it("carries nothing of the driver's error but code and constraint", () => {
    const foreign = driverError({
      code: "23505",
      constraint: "oauth_states_state_hash",
      detail: "Key (state_hash)=(secret) already exists.",
      parameters: ["secret"],
    });
    const error = translateDatabaseError(foreign);
    expect(error.code).toBe("INTERNAL");
    expect(inspect(error, { depth: 10 })).toContain("database error 23505 (oauth_states_state_hash)");
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("secret");
  });

  it("lets the room's own errors pass", () => {
    const own = new BrokerError("KEY_UNAVAILABLE", "x");
    expect(translateDatabaseError(own)).toBe(own);
  });
});

describe("reasonFor", () => {
  it("has words for every code, known or not", () => {
    expect(reasonFor("ECONNREFUSED")).toBe("nothing listens at its address");
    expect(reasonFor("25006")).toBe("it is read-only");
    expect(reasonFor("")).toBe("the connection failed or took too long");
  });
});
