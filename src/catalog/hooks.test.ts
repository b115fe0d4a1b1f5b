import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { runAuthorizeUrlHook, runCallbackHook, runTokenAnswerHook, runTokenRequestHook } from "./hooks.ts";

const client = { clientSecret: "hush" };
const hmacOf = (text: string): string => createHmac("sha256", "hush").update(text).digest("hex");

describe("signedQuery", () => {
  const params = { shop: "s.example", code: "c", state: "x", host: "a/b=" };
  const plain = hmacOf("code=c&host=a/b=&shop=s.example&state=x");

  it.each([
    ["as they are", plain, true],
    ["percent-encoded", hmacOf("code=c&host=a%2Fb%3D&shop=s.example&state=x"), true],
    ["in capitals", plain.toUpperCase(), true],
    ["unsorted", hmacOf("shop=s.example&code=c&state=x&host=a/b="), false],
    ["cut", plain.slice(0, 62), false],
    ["no hex", "zz", false],
    ["nothing", "", false],
  ])("knows the vendor by the sorted parameters, %s", (_, hmac, expected) => {
    expect(runCallbackHook("signedQuery", { ...params, hmac }, client)).toBe(expected);
  });

  it("refuses changed and added parameters, and a callback without a signature", () => {
    expect(runCallbackHook("signedQuery", { ...params, shop: "evil.example", hmac: plain }, client)).toBe(
      false,
    );
    expect(runCallbackHook("signedQuery", { ...params, more: "1", hmac: plain }, client)).toBe(false);
    expect(runCallbackHook("signedQuery", params, client)).toBe(false);
  });
});

describe("secretHashedWithCode", () => {
  it.each(["code", "refresh_token"])("sends a hash of secret and %s instead of the secret", (name) => {
    const sent = runTokenRequestHook("secretHashedWithCode", { [name]: "p", client_secret: "hush" }, client);
    expect(sent).toEqual({ [name]: "p", hash: createHash("sha256").update("hush|p").digest("hex") });
  });
});

it.each([
  () => runAuthorizeUrlHook("none", "https://acme.example"),
  () => runTokenRequestHook("constructor", {}, client),
  () => runTokenAnswerHook("toString", {}),
  () => runCallbackHook("__proto__", {}, client),
])("a hook that does not exist is a misconfiguration", (run) => {
  expect(run).toThrow(/names an unknown hook/);
});
