import { once } from "node:events";
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createRpcListener, type RpcHandler } from "../../src/server/index.ts";
import { useAcmeApp } from "./acme-app.ts";
import { FLAG, FRAME, frame, headerBlock, openRawHttp2, type RawHttp2 } from "./http2-frames.ts";
import { post, rpcPath } from "./rpc-calls.ts";

describe("an HTTP/2 client that floods", () => {
  const app = useAcmeApp();

  const call = (authority = "localhost", path = rpcPath("GetToken")): Buffer =>
    headerBlock({
      ":method": "POST",
      ":scheme": "http",
      ":path": path,
      ":authority": authority,
      "content-type": "application/grpc",
    });
  const cancel = Buffer.from([0, 0, 0, 8]);
  const stream = (n: number): number => 1 + 2 * n;

  /** The slowest answer that a decent client got meanwhile, in milliseconds. */
  const slowestWhile = async (attack: Promise<void>): Promise<number> => {
    const progress = { over: false };
    void attack.finally(() => (progress.over = true));
    let slowest = 0;
    while (!progress.over) {
      const begun = performance.now();
      expect((await post(app.broker.rpcUrl, "ListConnections", {})).code).toBe("ok");
      slowest = Math.max(slowest, performance.now() - begun);
      await sleep(10);
    }
    await attack;
    return slowest;
  };

  const flood = async (client: RawHttp2, next: (n: number) => Buffer): Promise<void> => {
    for (let n = 0; n < 20_000 && !client.closed; n += 100) {
      client.write(Buffer.concat(Array.from({ length: 100 }, (_, i) => next(n + i))));
      await sleep(1);
    }
  };

  it.each<[string, boolean, (n: number) => Buffer]>([
    [
      "opens and cancels streams",
      true,
      (n) =>
        Buffer.concat([
          frame(FRAME.headers, FLAG.endHeaders, stream(n), call()),
          frame(FRAME.reset, 0, stream(n), cancel),
        ]),
    ],
    ["opens streams without end", true, (n) => frame(FRAME.headers, FLAG.endHeaders, stream(n), call())],
    [
      "opens and cancels streams that are refused",
      true,
      (n) =>
        Buffer.concat([
          frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream(n), call("evil.example")),
          frame(FRAME.reset, 0, stream(n), cancel),
        ]),
    ],
    [
      "opens and cancels streams to nowhere",
      true,
      (n) =>
        Buffer.concat([
          frame(FRAME.headers, FLAG.endHeaders, stream(n), call("localhost", "/nowhere")),
          frame(FRAME.reset, 0, stream(n), cancel),
        ]),
    ],
    [
      "opens and cancels streams to no host",
      true,
      (n) =>
        Buffer.concat([
          frame(FRAME.headers, FLAG.endHeaders, stream(n), call("[")),
          frame(FRAME.reset, 0, stream(n), cancel),
        ]),
    ],
    [
      "continues headers without end",
      true,
      (n) =>
        n === 0
          ? frame(FRAME.headers, 0, 1, call())
          : frame(FRAME.continuation, 0, 1, headerBlock({ [`x-${n}`]: "y".repeat(100) })),
    ],
    [
      "sends frames without data",
      true,
      (n) => (n === 0 ? frame(FRAME.headers, FLAG.endHeaders, 1, call()) : frame(FRAME.data, 0, 1)),
    ],
    ["pings", false, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    ["changes its settings", false, () => frame(FRAME.settings, 0, 0)],
  ])("and %s does not stop the others", async (_, isCut, next) => {
    await using client = await openRawHttp2(app.broker.addresses.rpc);
    const before = process.memoryUsage().rss;
    const slowest = await slowestWhile(flood(client, next));
    expect(slowest).toBeLessThan(5000);
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(200);
    if (isCut) await expect.poll(() => client.closed).toBe(true);
    expect((await post(app.broker.rpcUrl, "ListConnections", {})).code).toBe("ok");
  });

  it("may have 100 calls at once", async () => {
    const session = connectHttp2(app.broker.rpcUrl);
    await once(session, "remoteSettings");
    expect(session.remoteSettings).toMatchObject({ maxConcurrentStreams: 100, enablePush: false });
    session.destroy();
  });

  it("and has bytes that are no HTTP is answered and cut", async () => {
    for (const bytes of [
      "\u0016\u0003\u0001\u0002",
      "PRI nonsense\r\n\r\n",
      "\0\0\0\0\0\0\0\0",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxxxxxxxxxx",
    ]) {
      const socket = connect(Number(app.broker.addresses.rpc.split(":")[1]), "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      socket.write(bytes, "latin1");
      await once(socket, "close");
    }
    expect((await post(app.broker.rpcUrl, "ListConnections", {})).code).toBe("ok");
  });
});

/** Answers when the whole body is there. */
const echoLength: RpcHandler = (request, response) => {
  let length = 0;
  request.on("data", (chunk: Buffer) => (length += chunk.length));
  request.on("end", () => {
    response.end(String(length));
  });
  return true;
};

describe("a client that gives up", () => {
  it("in the same piece in which it asked is not answered", async () => {
    let asked = 0;
    const listener = createRpcListener((_, response) => {
      asked += 1;
      response.end();
      return true;
    });
    const address = await listener.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    onTestFinished(() => listener.close(0));
    const port = address.kind === "tcp" ? address.port : 0;
    await using client = await openRawHttp2(`127.0.0.1:${port}`);
    const request = headerBlock({ ":method": "POST", ":scheme": "http", ":path": "/", ":authority": "x" });
    const cancel = Buffer.from([0, 0, 0, 8]);
    const pieces = Array.from({ length: 50 }, (_, n) => [
      frame(FRAME.headers, FLAG.endHeaders, 1 + 2 * n, request),
      frame(FRAME.reset, 0, 1 + 2 * n, cancel),
    ]);
    client.write(Buffer.concat([...pieces.flat(), frame(FRAME.headers, FLAG.endHeaders, 101, request)]));
    await expect.poll(() => asked).toBe(1);
  });
});

describe("a client that goes on sending", () => {
  /** Refuses everybody, unread. */
  const listen = async (): Promise<number> => {
    const listener = createRpcListener((_, response) => {
      response.statusCode = 401;
      response.end();
      return true;
    });
    const address = await listener.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    onTestFinished(() => listener.close(0));
    return address.kind === "tcp" ? address.port : 0;
  };

  it("after its answer is not listened to, and cut", async () => {
    const socket = connect(await listen(), "127.0.0.1");
    let said = "";
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => (said += data.toString("latin1")));
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n");
    const chunk = Buffer.alloc(1024 * 1024);
    while (!socket.closed && socket.bytesWritten < 900e6) {
      socket.write(chunk);
      await sleep(1);
    }
    expect(socket.closed).toBe(true);
    expect(said).toMatch(/^HTTP\/1\.1 401/);
  });

  it("is told that its connection ends, and sends nothing more by it", async () => {
    const url = `http://127.0.0.1:${await listen()}/`;
    const send = async (body: string | ReadableStream<Uint8Array>): Promise<string> => {
      const answer = await fetch(url, { method: "POST", body, duplex: "half" });
      await answer.text();
      return `${answer.status} ${answer.headers.get("connection")}`;
    };
    const chunked = () => new Blob(["x".repeat(1024 * 1024)]).stream();
    for (let round = 0; round < 10; round += 1) {
      expect(await send("x".repeat(1024 * 1024))).toBe("401 close");
      expect(await send("short")).toBe("401 keep-alive");
      expect(await send(chunked())).toBe("401 close");
      expect(await send("short")).toBe("401 keep-alive");
    }
  });
});

describe("a client that is slow", () => {
  const TIMEOUTS = { firstBytesMs: 150, headersMs: 200, requestMs: 400, sessionIdleMs: 300 };

  const listen = async (): Promise<number> => {
    const listener = createRpcListener(echoLength, { timeouts: TIMEOUTS });
    const address = await listener.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    onTestFinished(() => listener.close(0));
    return address.kind === "tcp" ? address.port : 0;
  };

  /** How long the server puts up with a client that sends a piece every 50 ms. */
  const patienceWith = async (
    port: number,
    pieces: readonly string[],
  ): Promise<{ ms: number; said: string }> => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    socket.on("data", (data: Buffer) => (said += data.toString("latin1")));
    socket.on("error", () => {});
    const begun = performance.now();
    const closed = once(socket, "close");
    for (const piece of pieces) {
      if (socket.closed) break;
      socket.write(piece);
      await sleep(50);
    }
    await closed;
    return { ms: performance.now() - begun, said };
  };

  it("to say anything is cut", async () => {
    const { ms, said } = await patienceWith(await listen(), []);
    expect([ms > 100, ms < 2000, said]).toEqual([true, true, ""]);
  });

  it("to say what protocol it speaks is cut", async () => {
    const { ms } = await patienceWith(await listen(), ["P", "R", "I"]);
    expect(ms).toBeLessThan(2000);
  });

  it("with its headers is cut", async () => {
    const headers = Array.from({ length: 60 }, (_, n) => `x-${n}: y\r\n`);
    const { ms, said } = await patienceWith(await listen(), ["POST / HTTP/1.1\r\nHost: x\r\n", ...headers]);
    expect(ms).toBeLessThan(2500);
    expect(said).toMatch(/^HTTP\/1\.1 408/);
  });

  it("with its body is cut", async () => {
    const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
    const { ms, said } = await patienceWith(await listen(), [head, ...Array.from({ length: 60 }, () => "x")]);
    expect(ms).toBeLessThan(2500);
    expect(said).toMatch(/^HTTP\/1\.1 408/);
  });

  it("with its body in HTTP/2 has its request cancelled, and its connection stays", async () => {
    const session = connectHttp2(`http://127.0.0.1:${await listen()}`);
    onTestFinished(() => session.destroy());
    const slow = session.request({ ":method": "POST", ":path": "/slow" }, { endStream: false });
    const drip = setInterval(() => slow.closed || slow.write("x"), 50);
    slow.on("error", () => {});
    const begun = performance.now();
    await once(slow, "close");
    clearInterval(drip);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(slow.rstCode).toBe(8);
    const quick = session.request({ ":method": "POST", ":path": "/quick" }, { endStream: false });
    quick.end("four");
    let answer = "";
    quick.on("data", (data: Buffer) => (answer += data.toString()));
    await once(quick, "end");
    expect(answer).toBe("4");
  });

  it("to use its HTTP/2 connection is asked to go", async () => {
    const session = connectHttp2(`http://127.0.0.1:${await listen()}`);
    const begun = performance.now();
    await once(session, "close");
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe("a unix socket", () => {
  const folder = mkdtempSync(join(tmpdir(), "token-broker-socket-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  const newPath = (): string => join(folder, `${(count += 1)}.sock`);

  const listenAt = async (path: string): Promise<() => Promise<void>> => {
    const listener = createRpcListener(echoLength);
    expect(await listener.listen({ kind: "unix", path })).toEqual({ kind: "unix", path });
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= listener.close(1000));
    onTestFinished(close);
    return close;
  };

  const lengthBy = async (path: string, body: string): Promise<string> => {
    const request = httpRequest({ socketPath: path, path: "/", method: "POST", agent: false });
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return (await response.toArray()).join("");
  };

  const lengthByHttp2 = async (path: string, body: string): Promise<string> => {
    const session = connectHttp2("http://localhost", { createConnection: () => connect(path) });
    const request = session.request({ ":method": "POST", ":path": "/" }, { endStream: false });
    request.end(body);
    const chunks = (await request.toArray()) as Buffer[];
    session.destroy();
    return Buffer.concat(chunks).toString();
  };

  it("serves both versions of HTTP, and goes with its listener", async () => {
    const path = newPath();
    const close = await listenAt(path);
    expect([await lengthBy(path, "four"), await lengthByHttp2(path, "three")]).toEqual(["4", "5"]);
    await close();
    expect(existsSync(path)).toBe(false);
  });

  it("that a dead process left over is replaced", async () => {
    const path = newPath();
    const dead = createServer().listen(path);
    await once(dead, "listening");
    // What `kill -9` leaves: a file that nobody listens at.
    const left = `${path}.left`;
    linkSync(path, left);
    dead.close();
    await once(dead, "close");
    expect(statSync(left).isSocket()).toBe(true);
    await listenAt(left);
    expect(await lengthBy(left, "four")).toBe("4");
  });

  it("that lives is left alone", async () => {
    const path = newPath();
    await listenAt(path);
    await expect(createRpcListener(echoLength).listen({ kind: "unix", path })).rejects.toThrow("EADDRINUSE");
    expect(await lengthBy(path, "four")).toBe("4");
  });

  it("is not put in the place of another file", async () => {
    const path = newPath();
    writeFileSync(path, "precious");
    await expect(createRpcListener(echoLength).listen({ kind: "unix", path })).rejects.toThrow("EADDRINUSE");
    expect(statSync(path).size).toBe(8);
  });

  it("in a folder that is not there is an error", async () => {
    const path = join(folder, "missing", "rpc.sock");
    await expect(createRpcListener(echoLength).listen({ kind: "unix", path })).rejects.toThrow(
      /ENOENT|EACCES/,
    );
  });
});
