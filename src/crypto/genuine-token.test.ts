import { expect, it } from "vitest";
import { randomToken } from "./digests.ts";
import { createGenuineTokens } from "./genuine-token.ts";
import { generateFernetKey, parseKeyRing } from "./key-ring.ts";

const [old, next] = [generateFernetKey(), generateFernetKey()];
const tokens = createGenuineTokens(parseKeyRing(old), "state");

it("a genuine token proves itself to every holder of its key, for its purpose alone", () => {
  const token = tokens.issue();
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(tokens.isGenuine(token)).toBe(true);
  expect(createGenuineTokens(parseKeyRing(`${next},${old}`), "state").isGenuine(token)).toBe(true);
  expect(createGenuineTokens(parseKeyRing(next), "state").isGenuine(token)).toBe(false);
  expect(createGenuineTokens(parseKeyRing(old), "other").isGenuine(token)).toBe(false);
  expect(tokens.issue()).not.toBe(token);
});

it.each([
  ["", "nothing"],
  ["x", "another form"],
  [tokens.issue().slice(0, -1), "cut off"],
  [`A${tokens.issue()}`, "more than a token"],
  [tokens.issue().slice(0, 32) + tokens.issue().slice(32), "another token's proof"],
  [randomToken(), "random"],
])("%j is none: %s", (token) => {
  expect(tokens.isGenuine(token)).toBe(false);
});
