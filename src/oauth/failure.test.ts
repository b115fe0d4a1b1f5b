import { describe, expect, it } from "vitest";
import { knownProviderError, OAuthFailure } from "./failure.ts";

describe("knownProviderError", () => {
  it.each(["invalid_grant", "invalid_client", "temporarily_unavailable", "invalid_target", "slow_down"])(
    "keeps %s",
    (code) => {
      expect(knownProviderError(code)).toBe(code);
    },
  );

  it.each(["", "Invalid_Grant", "bad_refresh_token", "<script>", "constructor"])("drops %j", (code) => {
    expect(knownProviderError(code)).toBe("");
  });
});

describe("OAuthFailure", () => {
  it("carries a code of the standards or none", () => {
    const failure = new OAuthFailure("m", { class: "client", providerError: "my_own", sent: true });
    expect(failure).toMatchObject({ class: "client", providerError: "", sent: true, httpStatus: undefined });
  });
});
