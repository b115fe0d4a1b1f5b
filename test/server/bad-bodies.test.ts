import { randomBytes, randomUUID } from "node:crypto";
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { canariesIn, canary } from "../support/canaries.ts";
import { gzipBomb } from "../support/provider.ts";
import { useAcmeApp } from "./acme-app.ts";
import { grpcFrame, type Http2Answer, openHttp2, sendHttp2 } from "./http2-request.ts";
import { post, type RpcBody, rpcNames, rpcPath } from "./rpc-calls.ts";
import { inputOf, validRequest, withText } from "./rpc-requests.ts";

const app = useAcmeApp();

const send = (rpc: string, body: RpcBody, headers: Readonly<Record<string, string>> = {}) =>
  post(app.broker.rpcUrl, rpc, body, headers);

const KIBIBYTE = 1024;
/** Those that take tokens, which may be long, and many requests at once. */
const LONG: readonly string[] = ["ImportToken", "AcquireToken", "BatchGetTokens"];

const limitOf = (rpc: string): number => (LONG.includes(rpc) ? 512 : 64) * KIBIBYTE;

/** A request of exactly so many bytes, filled up with a field that nobody knows. */
const requestOfSize = (rpc: string, bytes: number): string => {
  const text = JSON.stringify(validRequest(rpc, { padding: "" }));
  return text.replace('"padding":""', `"padding":"${"x".repeat(bytes - text.length)}"`);
};

const bytesOf = (text: string | Uint8Array | undefined): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(text ?? ""));

describe.each(rpcNames)("%s", (rpc) => {
  it("reads up to its limit and not a byte more", async () => {
    const limit = limitOf(rpc);
    const within = await send(rpc, requestOfSize(rpc, limit));
    expect(["resource_exhausted", "internal"]).not.toContain(within.code);
    const { error } = await send(rpc, requestOfSize(rpc, limit + 1));
    expect([error.code, error.reason]).toEqual(["resource_exhausted", "MESSAGE_TOO_LARGE"]);
  });

  it("unpacks up to its limit and not a byte more", async () => {
    const limit = limitOf(rpc);
    const packed = (bytes: number) => bytesOf(gzipSync(requestOfSize(rpc, bytes)));
    const within = await send(rpc, packed(limit), { "content-encoding": "gzip" });
    expect(["resource_exhausted", "internal"]).not.toContain(within.code);
    const { error } = await send(rpc, packed(limit + 1), { "content-encoding": "gzip" });
    expect([error.code, error.reason]).toEqual(["resource_exhausted", "MESSAGE_TOO_LARGE"]);
  });

  it("refuses by the length that was announced, before a byte of the body came", async () => {
    const answer = await sendHttp2(app.broker.addresses.rpc, {
      path: rpcPath(rpc),
      headers: { "content-type": "application/json", "content-length": "1000000000" },
      end: false,
    });
    expect(answer.status).toBe(429);
  });

  it("survives JSON of 200 and of 20 000 levels", async () => {
    for (const levels of [200, 20_000]) {
      const deep = "[".repeat(levels) + "]".repeat(levels);
      const unknown = JSON.stringify(validRequest(rpc, { nobodyKnows: 1 })).replace(":1}", `:${deep}}`);
      expect((await send(rpc, unknown)).code).toBe((await send(rpc, validRequest(rpc))).code);
      const known = inputOf(rpc).fields[0];
      if (known === undefined) continue;
      const { error } = await send(rpc, `{"${known.jsonName}":${deep}}`);
      expect(error).toMatchObject({ code: "invalid_argument", fields: [known.name] });
    }
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "not JSON"],
    ["half of an object", '{"a":'],
    ["an array", "[]"],
    ["null", "null"],
    ["a text", '"x"'],
    ["a name twice", '{"namespace":"a","namespace":"b"}'],
    ["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
  ])("has no message in %s", async (_, body) => {
    const { error } = await send(rpc, body);
    expect(error).toMatchObject({
      code: "invalid_argument",
      reason: "INVALID_REQUEST",
      domain: "tokenbroker",
    });
    expect(error.violations.length).toBeGreaterThan(0);
  });

  it("has no message in bytes that are no protobuf", async () => {
    const { error } = await send(rpc, bytesOf(randomBytes(64)).fill(0xff), {
      "content-type": "application/proto",
    });
    expect(error).toMatchObject({ code: "invalid_argument", reason: "INVALID_REQUEST" });
  });

  it.each([
    ["an unknown compression", "deflate"],
    ["two", "gzip, gzip"],
    ["fifty", Array.from({ length: 50 }, () => "gzip").join(", ")],
  ])("unpacks no body with %s", async (_, encoding) => {
    const { error } = await send(rpc, bytesOf(gzipSync("{}")), { "content-encoding": encoding });
    expect([error.code, error.reason]).toEqual(["unimplemented", "NOT_AVAILABLE"]);
  });

  it.each(["gzip", "br"])("unpacks no %s that is none", async (encoding) => {
    const { error } = await send(rpc, "{}", { "content-encoding": encoding });
    expect([error.code, error.reason]).toEqual(["invalid_argument", "INVALID_REQUEST"]);
  });
});

describe("300 MiB that travel as 300 kB", () => {
  it("cost no memory", async () => {
    const bomb = bytesOf(gzipBomb().body);
    const small = bytesOf(gzipBomb(60).body);
    const before = process.memoryUsage().rss;
    for (const rpc of rpcNames) {
      const answers = await Promise.all(
        [bomb, small].map((body) => send(rpc, body, { "content-encoding": "gzip" })),
      );
      expect(answers.map(({ code }) => code)).toEqual(["resource_exhausted", "resource_exhausted"]);
    }
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(50);
  });
});

/** Bodies that hold a secret where nothing can read it: a parser would quote it. */
const bodiesWithSecret = (rpc: string): string[] => {
  const secret = canary("request_body");
  const fields = inputOf(rpc).fields.map((field) => `{"${field.jsonName}":[["${secret}"]]}`);
  const long = `${secret}${"x".repeat(20_000)}`;
  const longFields = inputOf(rpc)
    .fields.filter((field) => withText(field, long)[0] !== long)
    .map((field) => `{"${field.jsonName}":"${long}"}`);
  return [
    secret,
    `{"userId":"${secret}`,
    `{"${secret}"`,
    `"${secret}"`,
    `["${secret}"]`,
    ...fields,
    ...longFields,
  ];
};

const unpacked = (bytes: Buffer, encoding: string | undefined): string => {
  if (encoding === "gzip") return gunzipSync(bytes).toString("latin1");
  return encoding === "br" ? brotliDecompressSync(bytes).toString("latin1") : bytes.toString("latin1");
};

/** Everything that came back, readable; gRPC's details are base64. */
const allOf = ({ headers, trailers, body }: Http2Answer): string => {
  const encoding = headers["content-encoding"];
  const frames = (body[0] ?? 0) & 1 ? unpacked(body.subarray(5), headers["grpc-encoding"]) : "";
  const details = Buffer.from(trailers["grpc-status-details-bin"] ?? "", "base64").toString("latin1");
  return JSON.stringify([headers, trailers, unpacked(body, encoding), frames, details]);
};

describe.each([
  ["application/json", { "accept-encoding": "gzip" }, false],
  ["application/json", { "accept-encoding": "br" }, false],
  ["application/json", {}, false],
  ["application/grpc+json", { "grpc-accept-encoding": "gzip" }, true],
  ["application/grpc-web+json", { "grpc-accept-encoding": "gzip" }, true],
  ["application/grpc-web+json", {}, true],
])("an error to %s with %j", (contentType, accept, framed) => {
  it.each(rpcNames)("never quotes a request of %s", async (rpc) => {
    const logged = app.broker.logLines.length;
    using connection = openHttp2(app.broker.addresses.rpc);
    for (const body of bodiesWithSecret(rpc)) {
      const answer = await connection.send({
        path: rpcPath(rpc),
        headers: { "content-type": contentType, ...accept },
        body: framed ? grpcFrame(body) : body,
      });
      const said = allOf(answer);
      expect(canariesIn(said)).toEqual([]);
      expect(said).toMatch(/invalid_argument|grpc-status.{1,6}3\b/);
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
    expect(canariesIn(JSON.stringify(app.broker.logLines.slice(logged)))).toEqual([]);
  });
});

describe("gRPC", () => {
  const grpc = async (body: Uint8Array, headers: Readonly<Record<string, string>> = {}) => {
    const { trailers } = await sendHttp2(app.broker.addresses.rpc, {
      path: rpcPath("GetToken"),
      headers: { "content-type": "application/grpc", te: "trailers", ...headers },
      body,
    });
    return Number(trailers["grpc-status"]);
  };

  it.each([
    ["no message", new Uint8Array(), 12],
    ["two messages", Buffer.concat([grpcFrame(""), grpcFrame("")]), 12],
    ["half of a head", new Uint8Array([0, 0]), 3],
    ["half of a message", Buffer.from([0, 0, 0, 0, 9, 1]), 3],
    ["a length of 4 GiB", Buffer.from([0, 255, 255, 255, 255]), 8],
    ["a message that is larger than the limit", grpcFrame(Buffer.alloc(64 * KIBIBYTE + 1)), 8],
    ["bytes that are no protobuf", grpcFrame(Buffer.alloc(64, 0xff)), 3],
  ])("refuses %s", async (_, body, status) => {
    expect(await grpc(body)).toBe(status);
  });

  it("unpacks no bomb", async () => {
    const bomb = gzipBomb(60).body as Uint8Array;
    expect(await grpc(grpcFrame(bomb, 1), { "grpc-encoding": "gzip" })).toBe(8);
  });

  it("unpacks nothing that it does not know", async () => {
    expect(await grpc(grpcFrame("x", 1), { "grpc-encoding": "snappy" })).toBe(12);
  });
});

describe("every refusal", () => {
  it("is counted by method and code", async () => {
    const read = async (): Promise<number> => {
      const text = await (await fetch(`${app.broker.telemetryUrl}/metrics`)).text();
      const line = /tokenbroker_rpc_calls_total\{method="GetProvider",code="invalid_argument"\} (\d+)/.exec(
        text,
      );
      return Number(line?.[1] ?? 0);
    };
    const before = await read();
    await send("GetProvider", "not JSON");
    await send("GetProvider", { name: "" });
    expect(await read()).toBe(before + 2);
  });

  it("leaves the broker as it was", async () => {
    expect(
      (await send("ImportToken", validRequest("ImportToken", { connectionId: randomUUID() }))).code,
    ).toBe("ok");
  });
});
