import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { TokenAnswerRules } from "../catalog/index.ts";
import { failureOfAnswer } from "./answer-failure.ts";

type Rules = Pick<TokenAnswerRules, "errorIn200" | "errorPaths" | "errorDialect">;

const plain: Rules = {
  errorIn200: undefined,
  errorPaths: { error: "error" },
  errorDialect: { invalidGrant: [], invalidClient: [] },
};

const judge = (status: number, json?: Record<string, unknown>, rules: Partial<Rules> = {}) => {
  const body = json === undefined ? { kind: "text" as const } : { kind: "object" as const, json, raw: "" };
  const failure = failureOfAnswer(
    { ...plain, ...rules },
    { status, body, retryAfterMs: undefined, receivedAtMs: 0 },
  );
  return failure && `${failure.class} ${failure.providerError}`.trim();
};

describe("failureOfAnswer", () => {
  it.each([
    [400, "invalid_grant", "rejected invalid_grant"],
    [401, "invalid_grant", "rejected invalid_grant"],
    [200, "invalid_grant", "rejected invalid_grant"],
    [400, "invalid_client", "client invalid_client"],
    [401, "invalid_client", "client invalid_client"],
    [400, "unauthorized_client", "client unauthorized_client"],
    [400, "unsupported_grant_type", "client unsupported_grant_type"],
    [400, "invalid_request", "client invalid_request"],
    [400, "invalid_scope", "client invalid_scope"],
    [403, "access_denied", "client access_denied"],
    [400, "something_of_its_own", "client"],
    [200, "something_of_its_own", "client"],
    [400, "temporarily_unavailable", "transient temporarily_unavailable"],
    [400, "slow_down", "transient slow_down"],
    [200, "server_error", "transient server_error"],
    [429, "invalid_grant", "transient invalid_grant"],
    [500, "invalid_grant", "transient invalid_grant"],
    [503, "invalid_client", "transient invalid_client"],
    [302, "invalid_grant", "client invalid_grant"],
  ])("status %i with error %s is %s", (status, error, expected) => {
    expect(judge(status, { error, access_token: "unused" })).toBe(expected);
  });

  it.each([
    [301, "client"],
    [307, "client"],
    [400, "transient"],
    [401, "client invalid_client"],
    [403, "transient"],
    [404, "client"],
    [405, "client"],
    [408, "transient"],
    [410, "client"],
    [413, "transient"],
    [425, "transient"],
    [429, "transient"],
    [500, "transient"],
    [502, "transient"],
    [599, "transient"],
  ])("status %i without an OAuth error is %s", (status, expected) => {
    expect(judge(status)).toBe(expected);
    expect(judge(status, { message: "no" })).toBe(expected);
  });

  it.each([undefined, null, "", false, 0])("sees no error in a 200 whose error is %j", (error) => {
    expect(judge(200, { error, access_token: "a" })).toBeUndefined();
  });

  it.each([{ code: 190 }, 190, ["invalid_grant"], true])("sees an error without a name in %j", (error) => {
    expect(judge(400, { error })).toBe("client");
    expect(judge(200, { error, access_token: "a" })).toBe("client");
  });

  it("finds an error that hides in a 200 where the catalog says so", () => {
    const errorIn200 = { field: "ok", success: ["true"], code: "error" };
    expect(judge(200, { ok: true, access_token: "a" }, { errorIn200 })).toBeUndefined();
    expect(judge(200, { access_token: "a" }, { errorIn200 })).toBeUndefined();
    expect(judge(200, { ok: null, access_token: "a" }, { errorIn200 })).toBeUndefined();
    expect(judge(200, { ok: false }, { errorIn200 })).toBe("client");
    expect(judge(200, { ok: false, error: "invalid_grant" }, { errorIn200 })).toBe("rejected invalid_grant");
    const status = { field: "status", success: ["0"], code: "status" };
    expect(judge(200, { status: 0, body: {} }, { errorIn200: status })).toBeUndefined();
    expect(judge(200, { status: 401, body: {} }, { errorIn200: status })).toBe("client");
  });

  it("speaks the vendor's dialect", () => {
    const errorDialect = { invalidGrant: ["bad_token", "190"], invalidClient: ["bad_secret"] };
    expect(judge(200, { error: "bad_token" }, { errorDialect })).toBe("rejected invalid_grant");
    expect(judge(400, { error: { code: 190 } }, { errorDialect })).toBe("rejected invalid_grant");
    expect(judge(400, { code: "bad_token" }, { errorDialect })).toBe("rejected invalid_grant");
    expect(judge(400, { error: "bad_secret" }, { errorDialect })).toBe("client invalid_client");
    expect(judge(400, { error: "unheard_of" }, { errorDialect })).toBe("client");
    expect(judge(503, { error: "bad_token" }, { errorDialect })).toBe("transient invalid_grant");
    expect(judge(200, { code: "bad_token", access_token: "a" }, { errorDialect })).toBeUndefined();
  });

  it("never repeats a vendor's words", () => {
    const rules = { status: 400, retryAfterMs: 5, receivedAtMs: 0 };
    const json = { error: "planted", error_description: "planted" };
    const failure = failureOfAnswer(plain, { ...rules, body: { kind: "object", json, raw: "planted" } });
    expect(inspect(failure)).not.toContain("planted");
    expect(failure).toMatchObject({ httpStatus: 400, retryAfterMs: 5, sent: true });
  });
});
