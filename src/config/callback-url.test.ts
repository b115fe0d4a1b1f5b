import { expect, it } from "vitest";
import { callbackUrl } from "./callback-url.ts";

it.each([
  ["", "acme", "https://x.example/base/connect/callback/acme"],
  ["default", "acme", "https://x.example/base/connect/callback/acme"],
  ["team-a", "acme", "https://x.example/base/connect/callback/team-a/acme"],
])("callbackUrl in namespace %j of %s is %s", (namespace, provider, expected) => {
  expect(callbackUrl("https://x.example/base", { namespace, provider })).toBe(expected);
});
