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
import { probeServer } from "./probe.ts";

const SERVER = "https://h.test/mcp?t=1";
const CHALLENGE = 'Bearer scope="a"';
const protectedBy = (status: number, header?: string) =>
  answer(null, status, header === undefined ? {} : { "www-authenticate": header });

const probed = async (...answers: readonly StubAnswer[]) => {
  const egress = stubEgress({ [SERVER]: answers });
  const result = await probeServer({ egress, budget }, SERVER).catch((error: unknown) => error);
  return {
    result,
    egress,
    methods: egress.requests.map(({ body }) => (JSON.parse(body) as { method: string }).method),
  };
};

describe("probeServer", () => {
  it("asks for the tools first, without a body to wait for and without a redirect to follow", async () => {
    const { result, egress, methods } = await probed(protectedBy(401, CHALLENGE));
    expect(result).toEqual({
      kind: "protected",
      challenge: { resourceMetadata: undefined, scopes: ["a"], error: undefined },
    });
    expect(methods).toEqual(["tools/list"]);
    const [request] = egress.requests;
    expect(request).toMatchObject({
      url: SERVER,
      method: "POST",
      redirect: "manual",
      options: { trust: "user", deadlineMs: 10_000, headersOnly: true },
    });
    expect(request?.headers.get("accept")).toBe("application/json, text/event-stream");
    expect(request?.headers.has("authorization")).toBe(false);
    expect(JSON.parse(request?.body ?? "")).toMatchObject({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  });

  it.each<[string, StubAnswer]>([
    ["an open answer", json({ jsonrpc: "2.0" })],
    ["a 403 without a challenge for a bearer", protectedBy(403, "Basic realm=x")],
    ["400, as one that wants a session says", answer(null, 400)],
    ["a redirect", redirect("https://evil.test/")],
    ["trouble", answer(null, 500)],
    ["garbage", new EgressFailure("lost", { sent: true })],
  ])("asks again after %s, and no third time", async (_, first) => {
    expect(await probed(first, protectedBy(401))).toMatchObject({
      result: { kind: "protected", challenge: undefined },
      methods: ["tools/list", "initialize"],
    });
    expect(await probed(first)).toMatchObject({
      result: { kind: "open" },
      methods: ["tools/list", "initialize"],
    });
  });

  it("takes a 403 with a challenge for a bearer as protection", async () => {
    expect(await probed(protectedBy(403, 'Bearer error="insufficient_scope"'))).toMatchObject({
      result: { kind: "protected", challenge: { error: "insufficient_scope" } },
    });
  });

  it("takes a 401 as protection, whatever its header says", async () => {
    for (const header of [undefined, "", "Basic realm=x", "\"'=,"])
      expect(await probed(protectedBy(401, header))).toMatchObject({
        result: { kind: "protected", challenge: undefined },
        methods: ["tools/list"],
      });
  });

  it("ends at a server that must not be called, or is not there", async () => {
    expect(await probed(denied())).toMatchObject({
      result: { code: "EGRESS_DENIED", metadata: { rule: "probe" } },
      methods: ["tools/list"],
    });
    expect(await probed(new EgressFailure("unreachable", { sent: false }))).toMatchObject({
      result: { code: "PROVIDER_UNAVAILABLE", metadata: { rule: "probe" } },
      methods: ["tools/list"],
    });
  });
});
