import { randomUUID } from "node:crypto";
import { constants } from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { RevokeConnectionRequestSchema } from "../../gen/ts/tokenbroker/v1/connection_pb.ts";
import { sendRaw } from "../http-callback/raw-request.ts";
import { useAcmeApp } from "./acme-app.ts";
import { FLAG, FRAME, frame, headerBlock, openRawHttp2 } from "./http2-frames.ts";
import { grpcFrame, openHttp2, sendHttp2 } from "./http2-request.ts";
import { post, rpcNames, rpcPath } from "./rpc-calls.ts";
import { validRequest } from "./rpc-requests.ts";

/** The server's own bound on a call. */
const RPC_TIMEOUT_MS = 1000;

const app = useAcmeApp({ env: { BROKER_RPC_TIMEOUT_SECONDS: String(RPC_TIMEOUT_MS / 1000) } });

const portOf = (): number => Number(app.broker.addresses.rpc.split(":")[1]);

/** A request in HTTP/1.1 with exactly these lines, on a connection that ends with it. */
const raw = (requestLine: string, headers: readonly string[], body = "") =>
  sendRaw(portOf(), [requestLine, ...headers, "Connection: close", "", body].join("\r\n"));

const JSON_BODY = ["Content-Type: application/json", "Content-Length: 2"];

describe.each(rpcNames)("%s", (rpc) => {
  it("answers POST alone, in both versions of HTTP", async () => {
    using connection = openHttp2(app.broker.addresses.rpc);
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answers = [
        await raw(`${method} ${rpcPath(rpc)} HTTP/1.1`, ["Host: localhost", ...JSON_BODY], "{}"),
        await raw(`${method} ${rpcPath(rpc)}?connect=v1&encoding=json&message={} HTTP/1.1`, [
          "Host: localhost",
        ]),
      ];
      for (const { status, headers } of answers)
        expect([status, headers.get("allow"), headers.get("cache-control")]).toEqual([
          405,
          "POST",
          "no-store",
        ]);
      const { status, headers } = await connection.send({
        path: rpcPath(rpc),
        headers: { ":method": method, "content-type": "application/grpc" },
      });
      expect([status, headers["allow"], headers["cache-control"]]).toEqual([405, "POST", "no-store"]);
    }
  });

  it("speaks its protocols alone", async () => {
    for (const type of [
      "text/plain",
      "application/xml",
      "application/x-www-form-urlencoded",
      "application/connect+json",
    ]) {
      const answer = await post(app.broker.rpcUrl, rpc, "{}", { "content-type": type });
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([415, "no-store"]);
    }
    const untyped = await raw(
      `POST ${rpcPath(rpc)} HTTP/1.1`,
      ["Host: localhost", "Content-Length: 2"],
      "{}",
    );
    expect(untyped.status).toBe(415);
  });

  it("lets nobody keep an answer, good or bad, in any protocol", async () => {
    using connection = openHttp2(app.broker.addresses.rpc);
    for (const message of [JSON.stringify(validRequest(rpc)), "{}", "x"]) {
      const plain = await post(app.broker.rpcUrl, rpc, message);
      expect(plain.headers.get("cache-control")).toBe("no-store");
      for (const type of ["application/grpc+json", "application/grpc-web+json"]) {
        const { headers } = await connection.send({
          path: rpcPath(rpc),
          headers: { "content-type": type },
          body: grpcFrame(message),
        });
        expect(headers["cache-control"]).toBe("no-store");
      }
    }
  });

  it.each(["-1", "1.5", "abc", "1e3", "", "0x10"])("does not wait for %j ms", async (timeout) => {
    const { error } = await post(app.broker.rpcUrl, rpc, validRequest(rpc), {
      "connect-timeout-ms": timeout,
    });
    expect([error.code, error.fields]).toEqual(["invalid_argument", ["connect-timeout-ms"]]);
  });

  it("does nothing when the time is over before it begins", async () => {
    const { error } = await post(app.broker.rpcUrl, rpc, validRequest(rpc), { "connect-timeout-ms": "0" });
    expect([error.code, error.reason]).toEqual(["deadline_exceeded", "DEADLINE_EXCEEDED"]);
  });
});

describe("a timeout of the caller", () => {
  const hanging = (headers: Readonly<Record<string, string>>) => {
    app.provider.script("token", { fault: "hang" });
    const request = validRequest("ImportToken", { refreshToken: "r", verify: true });
    return post(app.broker.rpcUrl, "ImportToken", request, headers);
  };

  it("of nothing stores nothing", async () => {
    const connectionId = randomUUID();
    const headers = { "connect-timeout-ms": "0" };
    await post(app.broker.rpcUrl, "ImportToken", validRequest("ImportToken", { connectionId }), headers);
    await sleep(50);
    const found = await post(
      app.broker.rpcUrl,
      "GetConnection",
      validRequest("GetConnection", { connectionId }),
    );
    expect(found.code).toBe("not_found");
  });

  it("ends the call when it is over", async () => {
    const begun = performance.now();
    const { error } = await hanging({ "connect-timeout-ms": "200" });
    expect([error.code, error.reason]).toEqual(["deadline_exceeded", "DEADLINE_EXCEEDED"]);
    expect(performance.now() - begun).toBeLessThan(RPC_TIMEOUT_MS);
  });

  it("however long is accepted, and the server's own bound applies, as it does without one", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listener);
    const begun = performance.now();
    const timeouts = ["2147483648", "9999999999", "1000000000000", "9".repeat(40)];
    const answers = await Promise.all([
      ...timeouts.map((timeout) => hanging({ "connect-timeout-ms": timeout })),
      hanging({}),
    ]);
    process.off("warning", listener);
    expect(answers.map(({ error }) => error.reason)).toEqual(answers.map(() => "DEADLINE_EXCEEDED"));
    expect(performance.now() - begun).toBeGreaterThan(RPC_TIMEOUT_MS * 0.9);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["99999999H", "0"],
    ["35791395M", "0"],
    ["2147484S", "0"],
    ["20S", "0"],
    ["99999999n", "0"],
    ["0m", "4"],
    ["1Y", "3"],
    ["-1S", "3"],
    ["123456789S", "3"],
  ])("in gRPC's form %s ends with status %s", async (timeout, status) => {
    const { trailers } = await sendHttp2(app.broker.addresses.rpc, {
      path: rpcPath("ListProviders"),
      headers: { "content-type": "application/grpc+json", te: "trailers", "grpc-timeout": timeout },
      body: grpcFrame('{"pageSize":1}'),
    });
    expect(trailers["grpc-status"]).toBe(status);
  });
});

it("notes a caller that went away as such", async () => {
  app.provider.script("token", { fault: "hang" });
  const client = app.broker.client("connect json h2c");
  const gone = new AbortController();
  const request = validRequest("ImportToken", { refreshToken: "r", verify: true });
  const call = client.importToken(request, { signal: gone.signal }).catch(() => undefined);
  await sleep(150);
  gone.abort();
  await call;
  await expect
    .poll(() =>
      app.broker.logLines.some(({ method, code }) => method === "ImportToken" && code === "canceled"),
    )
    .toBe(true);
});

it("notes a caller that went away in the middle of its message as such", async () => {
  const logged = app.broker.logLines.length;
  const socket = connect(portOf(), "127.0.0.1");
  const head = [
    `POST ${rpcPath("DeleteProvider")} HTTP/1.1`,
    "Host: localhost",
    "Content-Type: application/json",
  ];
  socket.write([...head, "Content-Length: 1000", "", '{"name":'].join("\r\n"));
  await sleep(100);
  socket.destroy();
  const codes = () =>
    app.broker.logLines
      .slice(logged)
      .filter(({ method }) => method === "DeleteProvider")
      .map(({ code }) => code);
  await expect.poll(codes).toContain("canceled");
  expect(codes()).not.toContain("invalid_argument");
});

describe("a message that is cut off in HTTP/2", () => {
  /** A whole message for one grant: what is left of one for another namespace when its last field is missing. */
  const cutBefore = (grant: object): Uint8Array =>
    toBinary(RevokeConnectionRequestSchema, create(RevokeConnectionRequestSchema, grant));

  // In frames of our own: Node's client ends a message before it resets its stream, which makes it a whole one.
  it.each([
    ["application/proto", constants.NGHTTP2_CANCEL],
    ["application/proto", constants.NGHTTP2_NO_ERROR],
    ["application/grpc", constants.NGHTTP2_CANCEL],
    ["application/grpc-web", constants.NGHTTP2_CANCEL],
  ])("is never taken for a whole one: %s, reset with %i", async (type, rstCode) => {
    const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
    await post(app.broker.rpcUrl, "ImportToken", validRequest("ImportToken", grant));
    const message = cutBefore(grant);
    const headers = {
      ":method": "POST",
      ":scheme": "http",
      ":path": rpcPath("RevokeConnection"),
      ":authority": "localhost",
      "content-type": type,
    };
    await using client = await openRawHttp2(app.broker.addresses.rpc);
    client.write(frame(FRAME.headers, FLAG.endHeaders, 1, headerBlock(headers)));
    client.write(frame(FRAME.data, 0, 1, type === "application/proto" ? message : grpcFrame(message)));
    await sleep(30);
    client.write(frame(FRAME.reset, 0, 1, Buffer.from([0, 0, 0, rstCode])));
    await sleep(60);
    const found = await post(app.broker.rpcUrl, "GetConnection", validRequest("GetConnection", grant));
    expect(found.code).toBe("ok");
  });
});

describe("a request to the RPC port", () => {
  const target = `POST ${rpcPath("GetToken")}`;

  it.each(["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2"])(
    "in %s is refused and closed",
    async (version) => {
      const { status, text } = await sendRaw(
        portOf(),
        [`${target} ${version}`, "Host: localhost", "Connection: keep-alive", ...JSON_BODY, "", "{}"].join(
          "\r\n",
        ),
      );
      expect(text === "" || status >= 400).toBe(true);
      expect(text).not.toContain("invalid_argument");
    },
  );

  it.each([
    ["none", []],
    ["an empty one", ["Host:"]],
    ["one that is no host", ["Host: a b"]],
    ["two", ["Host: localhost", "Host: evil.example"]],
    ["the same one twice", ["Host: localhost", "host: localhost"]],
  ])("has one Host, not %s", async (_, hosts) => {
    const { status, body } = await raw(`${target} HTTP/1.1`, [...hosts, ...JSON_BODY], "{}");
    expect([status, body]).toEqual([400, expect.not.stringContaining("connection_id")]);
  });

  it("that is two in one for those who disagree about its length is refused", async () => {
    const headers = ["Host: localhost", ...JSON_BODY, "Transfer-Encoding: chunked"];
    expect((await raw(`${target} HTTP/1.1`, headers, "{}")).status).toBe(400);
  });

  it("has at most 16 kB of headers", async () => {
    const large = `x-large: ${"x".repeat(17 * 1024)}`;
    expect((await raw(`${target} HTTP/1.1`, ["Host: localhost", large, ...JSON_BODY], "{}")).status).toBe(
      431,
    );
  });

  it.each([
    "/",
    "/tokenbroker.v1.TokenBrokerService/WatchEverything",
    "/metrics",
    "/connect/callback/acme",
    "/healthz/live",
  ])("finds nothing at %s", async (path) => {
    const plain = await raw(`POST ${path} HTTP/1.1`, ["Host: localhost", ...JSON_BODY], "{}");
    expect([plain.status, plain.headers.get("cache-control")]).toEqual([404, "no-store"]);
    const { status } = await sendHttp2(app.broker.addresses.rpc, { path });
    expect(status).toBe(404);
  });

  it("may hold letters outside ASCII in a header", async () => {
    const { status } = await raw(
      `${target} HTTP/1.1`,
      ["Host: localhost", "x-name: \xfc\xff", ...JSON_BODY],
      "{}",
    );
    expect(status).toBe(400);
  });
});
