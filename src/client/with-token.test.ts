import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { API, CONNECTION, createFakeBroker, failure, token } from "../../test/client/fake-broker.ts";
import { AuthorizationRequiredError, createTokenBroker, OriginUnknownError, withToken } from "./index.ts";
import type { FetchLike } from "./with-token.ts";

interface Seen {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** A network of one answer after the other. */
const network = (...answers: Response[]) => {
  const seen: Seen[] = [];
  const fetch: FetchLike = async (input, init = {}) => {
    const { method = "GET", body } = init;
    const headers = Object.fromEntries(new Headers(init.headers));
    const text = typeof body === "string" ? body : body instanceof ReadableStream ? "(stream)" : undefined;
    if (!(input instanceof URL)) throw new TypeError("a URL, so that nothing is parsed twice");
    seen.push({ url: input.href, method, headers, body: text });
    expect(init.redirect).not.toBe("follow");
    return answers.shift() ?? new Response("ok");
  };
  return { seen, fetch };
};

const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } });
const rejected = () => new Response("no", { status: 401 });

const start = (facts: Parameters<typeof token>[0] = {}) => {
  const broker = createFakeBroker();
  broker.answer(token(facts), token({ ...facts, version: 2n }));
  const client = createTokenBroker({ transport: broker.transport, watch: false });
  return { broker, source: client.tokenSource(CONNECTION) };
};

describe("withToken", () => {
  it("sets the provider's header, beside the caller's, and takes a path below its API", async () => {
    const { source } = start({ headerName: "X-Acme-Token" });
    const { seen, fetch } = network();
    await withToken(fetch, source)("/items?n=1", { headers: { accept: "text/plain" } });
    expect(seen).toEqual([
      {
        url: `${API}/v3/items?n=1`,
        method: "GET",
        headers: { accept: "text/plain", "x-acme-token": "at-1" },
        body: undefined,
      },
    ]);
  });

  it.each([
    ["another host", "https://evil.example/"],
    ["a host that begins alike", `${API}.evil.example/`],
    ["another port", `${API}:8443/`],
    ["no TLS", API.replace("https", "http")],
    ["a user in the URL", "https://api.acme.example@evil.example/"],
  ])("sends no token to %s", async (_, url) => {
    const { broker, source } = start();
    const { seen, fetch } = network(rejected());
    const answer = await withToken(fetch, source)(url);
    expect([answer.status, seen[0]?.headers]).toEqual([401, {}]);
    expect(broker.requests).toHaveLength(1);
  });

  it.each(["//evil.example/x", "/\\evil.example/x", "https:evil.example"])(
    "does not take %s for another origin below the API",
    async (path) => {
      const { source } = start();
      const { seen, fetch } = network();
      await withToken(fetch, source)(path);
      const [only] = seen;
      const isAtApi = only !== undefined && new URL(only.url).origin === API;
      expect(isAtApi || only?.headers["authorization"] === undefined).toBe(true);
    },
  );

  it("refuses where nobody knows an origin, and takes the caller's word only then", async () => {
    const unknown = start({ allowedOrigins: [] });
    const { seen, fetch } = network();
    await expect(withToken(fetch, unknown.source)(API)).rejects.toBeInstanceOf(OriginUnknownError);
    await withToken(fetch, unknown.source, { allowedOrigins: [`${API}/any/path`] })(API);
    expect(seen[0]?.headers).toEqual({ authorization: "Bearer at-1" });
    await withToken(fetch, start().source, { allowedOrigins: ["https://mine.example"] })(
      "https://mine.example/",
    );
    expect(seen[1]?.headers).toEqual({});
  });

  it("leaves the token and what else belongs to the origin behind at a redirect, even if the way leads back", async () => {
    const { source } = start({ headerName: "X-Acme-Token" });
    const { seen, fetch } = network(redirect("https://other.example/a"), redirect(`${API}/b`));
    await withToken(fetch, source)(API, { headers: { cookie: "c=1", accept: "*/*" } });
    expect(seen.map(({ url, headers }) => [url, headers])).toEqual([
      [`${API}/`, { accept: "*/*", cookie: "c=1", "x-acme-token": "at-1" }],
      ["https://other.example/a", { accept: "*/*" }],
      [`${API}/b`, { accept: "*/*" }],
    ]);
  });

  it.each([
    [307, "POST", "POST", "body"],
    [308, "PUT", "PUT", "body"],
    [303, "PUT", "GET", undefined],
    [302, "POST", "GET", undefined],
    [302, "PUT", "PUT", "body"],
  ])("follows a %i of a %s with a %s", async (status, method, next, body) => {
    const { source } = start();
    const { seen, fetch } = network(redirect("/moved", status));
    await withToken(fetch, source)(API, { method, body: "body", headers: { "content-type": "text/plain" } });
    expect(seen[1]).toMatchObject({ url: `${API}/moved`, method: next, body });
    expect(seen[1]?.headers).toEqual({
      authorization: "Bearer at-1",
      ...(body !== undefined && { "content-type": "text/plain" }),
    });
  });

  it("follows no loop, no other scheme, and nothing for a caller who wants no redirects", async () => {
    const { source } = start();
    const loop = network(...Array.from({ length: 30 }, () => redirect("/")));
    await expect(withToken(loop.fetch, source)(API)).rejects.toThrow("too many redirects");
    expect(loop.seen).toHaveLength(21);
    const scheme = network(redirect("data:text/plain,x"));
    await expect(withToken(scheme.fetch, source)(API)).rejects.toThrow("no http URL");
    const manual = network(redirect("/moved"));
    expect((await withToken(manual.fetch, source)(API, { redirect: "manual" })).status).toBe(302);
  });

  it("reports no 401 of an origin that the token did not go to", async () => {
    const { broker, source } = start();
    const { seen, fetch } = network(redirect("https://other.example/a"), rejected());
    expect((await withToken(fetch, source)(API)).status).toBe(401);
    expect([seen.length, broker.requests.length]).toEqual([2, 1]);
  });

  it("reports a 401 and tries once more", async () => {
    const { broker, source } = start();
    const { seen, fetch } = network(rejected(), rejected());
    const answer = await withToken(fetch, source)(API, { method: "POST", body: "x" });
    expect(answer.status).toBe(401);
    expect(seen.map(({ headers, body }) => [headers["authorization"], body])).toEqual([
      ["Bearer at-1", "x"],
      ["Bearer at-2", "x"],
    ]);
    expect(broker.requests.map(({ rejectedVersion }) => rejectedVersion)).toEqual([0n, 1n]);
  });

  it("reports a 401 without trying again when the body is gone", async () => {
    const { broker, source } = start();
    const { seen, fetch } = network(rejected());
    const body = new Blob(["x"]).stream();
    const answer = await withToken(fetch, source)(API, { method: "POST", body, duplex: "half" });
    expect([answer.status, await answer.text(), seen.length]).toEqual([401, "no", 1]);
    expect(broker.requests).toHaveLength(2);
    expect((await source.token()).version).toBe(2n);
    const request = new Request(API, { method: "POST", body: "x" });
    const again = network(redirect("/moved", 307));
    await expect(withToken(again.fetch, source)(request)).rejects.toThrow("cannot be sent again");
    expect(again.seen).toMatchObject([{ method: "POST", body: "(stream)" }]);
  });

  it("leaves the 401 alone where the token is not at fault, and throws where the grant is dead", async () => {
    const { broker, source } = start();
    broker.answer(token(), failure({ code: Code.FailedPrecondition, reason: "TOKEN_REJECTED" }));
    const answer = await withToken(network(rejected()).fetch, source)(API);
    expect([answer.status, await answer.text()]).toEqual([401, "no"]);
    const dead = start();
    dead.broker.answer(
      token(),
      failure({ code: Code.FailedPrecondition, reason: "REAUTHORIZATION_REQUIRED" }),
    );
    await expect(withToken(network(rejected()).fetch, dead.source)(API)).rejects.toBeInstanceOf(
      AuthorizationRequiredError,
    );
  });

  it("ends with the caller's signal", async () => {
    const { source } = start();
    const { seen, fetch } = network();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(withToken(fetch, source)(API, { signal })).rejects.toThrow("enough");
    await expect(withToken(fetch, source)(new Request(API, { signal }))).rejects.toThrow("enough");
    expect(seen).toEqual([]);
  });
});
