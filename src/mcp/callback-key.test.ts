import * as fc from "fast-check";
import { expect, it } from "vitest";
import { callbackKey, SHARED_KEY } from "./callback-key.ts";

it("is the same for a namespace and an issuer wherever it is made, and fits a URL", () => {
  expect(callbackKey("default", "https://as.test")).toBe(callbackKey("default", "https://as.test"));
  expect(callbackKey("default", "https://as.test")).toMatch(/^[\w-]{22}$/);
});

it("is another for every other pair", () => {
  const pair = fc.tuple(fc.string(), fc.string());
  fc.assert(
    fc.property(
      pair,
      pair,
      (a, b) =>
        (callbackKey(...a) === callbackKey(...b)) === (a.join("\0") === b.join("\0") && a[0] === b[0]),
    ),
  );
  expect(callbackKey("a", "bc")).not.toBe(callbackKey("ab", "c"));
  expect(callbackKey("default", "https://as.test")).not.toBe(callbackKey("default", "https://as.test/"));
  expect(callbackKey("default", "https://as.test")).not.toBe(SHARED_KEY);
});
