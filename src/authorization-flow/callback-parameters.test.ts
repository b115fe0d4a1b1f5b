import { describe, expect, it } from "vitest";
import { parseCallbackParameters } from "./callback-parameters.ts";

const STATE = "s".repeat(43);
const parse = (text: string) => parseCallbackParameters(new URLSearchParams(text));

describe("parseCallbackParameters", () => {
  it("reads a code", () => {
    expect(parse(`code=abc&state=${STATE}`)).toMatchObject({
      kind: "code",
      state: STATE,
      code: "abc",
      iss: undefined,
    });
  });

  it("lets an error win over a code beside it", () => {
    const parsed = parse(`code=abc&error=access_denied&state=${STATE}&iss=https://as.example`);
    expect(parsed).toMatchObject({ kind: "error", error: "access_denied", iss: "https://as.example" });
    expect(parsed).not.toHaveProperty("code");
  });

  it("counts an empty value as absent", () => {
    expect(parse(`code=abc&error=&iss=&state=${STATE}`)).toMatchObject({ kind: "code", iss: undefined });
  });

  it("keeps what it does not know", () => {
    expect(parse(`code=a&state=${STATE}&realmId=42`)?.all.get("realmId")).toBe("42");
  });

  it.each([
    ["nothing", ""],
    ["only a state", `state=${STATE}`],
    ["only a code", "code=a"],
    ["only an error", "error=access_denied"],
    ["an empty state", "code=a&state="],
    ["an empty code", `code=&state=${STATE}`],
    ["two codes", `code=a&code=b&state=${STATE}`],
    ["the same code twice", `code=a&code=a&state=${STATE}`],
    ["two states", `code=a&state=${STATE}&state=${STATE}`],
    ["a code and an empty code", `code=a&code=&state=${STATE}`],
    ["two errors", `error=a&error=b&state=${STATE}`],
    ["two iss", `code=a&iss=x&iss=y&state=${STATE}`],
    ["a repeated parameter it does not know", `code=a&x=1&x=2&state=${STATE}`],
    ["state[]", `code=a&state[]=${STATE}`],
    ["state and state[]", `code=a&state=${STATE}&state[]=x`],
    ["code[0]", `code=a&code[0]=b&state=${STATE}`],
    ["a state of another length", `code=a&state=${STATE}s`],
    ["a state with other characters", `code=a&state=${"!".repeat(43)}`],
    ["a state with a line break behind it", `code=a&state=${STATE}%0a`],
    ["a code with a control character", `code=a%01&state=${STATE}`],
    ["a code with a line break", `code=a%0d%0ab&state=${STATE}`],
    ["a code outside ASCII", `code=%C3%A9&state=${STATE}`],
    ["a code of more than 8 KiB", `code=${"a".repeat(8193)}&state=${STATE}`],
    ["an overlong error", `error=${"a".repeat(1025)}&state=${STATE}`],
    ["an overlong iss", `code=a&iss=${"a".repeat(2049)}&state=${STATE}`],
    ["names of the prototype", "__proto__=x&constructor=y"],
  ])("refuses %s", (_, text) => {
    expect(parse(text)).toBeUndefined();
  });
});
