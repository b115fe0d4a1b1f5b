import { describe, expect, it } from "vitest";
import { readTokenAnswer } from "./token-answer.ts";

const read = async (body: string | Uint8Array<ArrayBuffer>, formEncoded = false) => {
  const answer = await readTokenAnswer({ formEncoded }, new Response(body));
  return answer.body;
};

const utf16 = new Uint8Array(Buffer.from('\ufeff{"a":1}', "utf16le"));
const latin1 = new Uint8Array(Buffer.from('{"name":"é"}', "latin1"));

describe("readTokenAnswer", () => {
  it.each(['{"a":1}', ' {"a":1}\n', '\ufeff{"a":1}'])(
    "reads the object in %j and keeps its text",
    async (text) => {
      expect(await read(text)).toEqual({ kind: "object", json: { a: 1 }, raw: '{"a":1}' });
    },
  );

  it.each([
    ["[]", "json"],
    ["null", "json"],
    ['"x"', "json"],
    ["7", "json"],
    ["", "text"],
    ["<html>", "text"],
    ['{"a":', "text"],
    ["a=1", "text"],
    ["[".repeat(500_000), "text"],
    [utf16, "bytes"],
    [latin1, "bytes"],
  ])("calls %j %s", async (body, kind) => {
    expect(await read(body)).toEqual({ kind });
  });

  it("reads a form only where the vendor sends forms", async () => {
    const form = "access_token=a%2Bb&scope=x+y&expires=10";
    const json = { access_token: "a+b", scope: "x y", expires: "10" };
    expect(await read(form, true)).toEqual({ kind: "object", json, raw: JSON.stringify(json) });
    expect(await read('{"access_token":"a"}', true)).toMatchObject({ json: { access_token: "a" } });
  });

  it.each(["<html a=b>", "", "just words", "{broken=json}", "a b=c"])("sees no form in %j", async (text) => {
    expect(await read(text, true)).toEqual({ kind: "text" });
  });

  it("keeps large numbers as the vendor wrote them", async () => {
    expect(await read('{"id":12345678901234567890}')).toMatchObject({ raw: '{"id":12345678901234567890}' });
  });

  it("takes Retry-After along", async () => {
    const response = new Response("", { status: 503, headers: { "retry-after": "7" } });
    expect(await readTokenAnswer({ formEncoded: false }, response)).toMatchObject({
      status: 503,
      retryAfterMs: 7000,
    });
  });
});
