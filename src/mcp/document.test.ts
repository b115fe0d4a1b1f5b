import { describe, expect, it } from "vitest";
import {
  answer,
  budget,
  denied,
  json,
  redirect,
  type StubAnswer,
  stubEgress,
} from "../../test/support/mcp/stub-egress.ts";
import { EgressFailure } from "../oauth/index.ts";
import { fetchDocument } from "./document.ts";

const PLACE = "https://h.test/.well-known/x";

const fetched = async (answers: Readonly<Record<string, StubAnswer | readonly StubAnswer[]>>) => {
  const egress = stubEgress(answers);
  const result = await fetchDocument({ egress, budget }, PLACE, "server_metadata", "the document").catch(
    (error: unknown) => error,
  );
  return { result, urls: egress.requests.map(({ url }) => url), egress };
};

const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

describe("fetchDocument", () => {
  it("asks as a stranger's URL is asked, within the time that is left", async () => {
    const { result, egress } = await fetched({ [PLACE]: json({ a: 1 }) });
    expect(result).toEqual({ kind: "document", json: { a: 1 } });
    expect(egress.requests).toMatchObject([
      {
        url: PLACE,
        method: "GET",
        redirect: "manual",
        body: "",
        options: { trust: "user", deadlineMs: 10_000 },
      },
    ]);
    expect(egress.requests[0]?.headers.get("accept")).toBe("application/json");
  });

  it.each<[string, StubAnswer, string]>([
    ["404", answer(null, 404), "absent"],
    ["404 with a document", json({ a: 1 }, 404), "absent"],
    ["401", answer(null, 401), "unusable"],
    ["403", answer(null, 403), "unusable"],
    ["410", answer(null, 410), "unusable"],
    ["201", json({ a: 1 }, 201), "unusable"],
    ["204", answer(null, 204), "unusable"],
    ["304", answer(null, 304), "unusable"],
    ["429", answer(null, 429), "trouble"],
    ["500", answer(null, 500), "trouble"],
    ["503", json({ a: 1 }, 503), "trouble"],
    ["a page", answer("<!doctype html><p>hello", 200, { "content-type": "text/html" }), "unusable"],
    ["nothing", answer("", 200), "unusable"],
    ["a list", json([{ a: 1 }]), "unusable"],
    ["null", json(null), "unusable"],
    ["a text", json("x"), "unusable"],
    ["a document and more", answer('{"a":1}{"b":2}'), "unusable"],
    ["UTF-16", answer(Buffer.from('\uFEFF{"a":1}', "utf16le")), "unusable"],
    ["bytes that are no UTF-8", answer(Buffer.from('{"a":"\xe9"}', "latin1")), "unusable"],
    ["a document that is too deep", answer(`{"a":${nested(32)}}`), "unusable"],
    ["a million brackets", answer(nested(500_000)), "unusable"],
  ])("judges %s", async (_, page, kind) => {
    expect(await fetched({ [PLACE]: page })).toMatchObject({ result: { kind }, urls: [PLACE] });
  });

  it.each<[string, StubAnswer]>([
    ["a type that is not JSON's", answer('{"a":1}', 200, { "content-type": "text/plain" })],
    ["a byte order mark", answer('\uFEFF{"a":1}')],
    ["much depth", answer(`{"a":1,"b":${nested(31)}}`)],
  ])("reads a document with %s", async (_, page) => {
    expect(await fetched({ [PLACE]: page })).toMatchObject({ result: { kind: "document", json: { a: 1 } } });
  });

  it("follows three redirects, relative ones too", async () => {
    const hops = {
      [PLACE]: redirect("/1", 301),
      "https://h.test/1": redirect("https://other.test/2", 308),
      "https://other.test/2": redirect("3", 303),
      "https://other.test/3": json({ a: 1 }),
    };
    expect(await fetched(hops)).toMatchObject({ result: { kind: "document" }, urls: Object.keys(hops) });
  });

  it("refuses a fourth", async () => {
    expect(await fetched({ [PLACE]: redirect(PLACE) })).toMatchObject({
      result: { code: "METADATA_INVALID", metadata: { rule: "server_metadata" } },
      urls: [PLACE, PLACE, PLACE, PLACE],
    });
  });

  it.each<[string, StubAnswer]>([
    ["nowhere", answer(null, 302)],
    ["to an empty place", redirect("")],
    ["to something that is no URL", redirect("https://[")],
  ])("goes no further after a redirect %s", async (_, page) => {
    expect(await fetched({ [PLACE]: page })).toMatchObject({ result: { kind: "unusable" }, urls: [PLACE] });
  });

  it.each(["http://h.test/", "http://127.0.0.1/", "file:///etc/passwd", "data:application/json,{}"])(
    "ends all at a redirect to %s",
    async (target) => {
      const { result, urls } = await fetched({ [PLACE]: redirect(target) });
      expect(result).toMatchObject({ code: "EGRESS_DENIED", metadata: { rule: "server_metadata" } });
      expect(urls).toEqual([PLACE, new URL(target).href]);
      expect((result as Error).message).not.toContain(target);
    },
  );

  it.each([
    ["unreachable", "PROVIDER_UNAVAILABLE"],
    ["lost", "PROVIDER_UNAVAILABLE"],
    ["timeout", "PROVIDER_UNAVAILABLE"],
    ["aborted", "PROVIDER_UNAVAILABLE"],
    ["tls", "METADATA_INVALID"],
    ["too_large", "METADATA_INVALID"],
    ["encoding", "METADATA_INVALID"],
  ] as const)("answers %s with %s", async (problem, code) => {
    expect(await fetched({ [PLACE]: new EgressFailure(problem, { sent: true }) })).toMatchObject({
      result: { code, metadata: { rule: "server_metadata" } },
    });
  });

  it("does not begin when the guard refuses, or the time is over", async () => {
    expect(await fetched({ [PLACE]: denied() })).toMatchObject({ result: { code: "EGRESS_DENIED" } });
    const egress = stubEgress({ [PLACE]: json({}) });
    const over = {
      remainingMs: (): number => {
        throw new Error("over");
      },
    };
    await expect(fetchDocument({ egress, budget: over }, PLACE, "server_metadata", "x")).rejects.toThrow(
      "over",
    );
    expect(egress.requests).toEqual([]);
  });
});
