import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { newPkce } from "./pkce.ts";

describe("newPkce", () => {
  it("makes a new verifier of 43 unreserved characters and its S256 challenge", () => {
    const { verifier, challenge } = newPkce();
    expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(challenge).toBe(createHash("sha256").update(verifier).digest("base64url"));
    expect(newPkce().verifier).not.toBe(verifier);
  });
});
