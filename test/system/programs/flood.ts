/**
 * Floods an RPC port as a stranger would, from a process of its own, for a while: `node flood.ts <kind> <host:port> <milliseconds>`. Prints, as JSON, what it
 * sent and what became of it.
 */
import { request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { FLAG, FRAME, frame, headerBlock, openRawHttp2, type RawHttp2 } from "../../server/http2-frames.ts";

const [kind = "", address = "", milliseconds = "0"] = process.argv.slice(2);
const PATH = "/tokenbroker.v1.TokenBrokerService/GetToken";
let endsAtMs = performance.now() + Number(milliseconds);
const isOver = (): boolean => performance.now() > endsAtMs;

/** `refused`: answered with 401, or in HTTP/2 with its stream. `cut`: the connection was ended. */
const told = { sent: 0, refused: 0, answered: 0, cut: 0, megabytes: 0 };

const PART = gzipSync(Buffer.alloc(30 * 1024 ** 2));
endsAtMs = performance.now() + Number(milliseconds);

const JSON_HEADERS = { "content-type": "application/json" };

/** Resolves when there is an answer, or none. */
const postHttp1 = (
  headers: Record<string, string | number>,
  write: (end: () => void, push: (chunk: Buffer) => boolean) => void,
) =>
  new Promise<void>((resolve) => {
    told.sent += 1;
    const request = httpRequest(`http://${address}${PATH}`, { method: "POST", agent: false, headers });
    request.on("response", (response) => {
      if (response.statusCode === 401) told.refused += 1;
      else told.answered += 1;
      response.resume().on("close", () => request.destroy());
    });
    request.on("error", () => (told.cut += 1));
    request.on("close", resolve);
    write(
      () => request.end(),
      (chunk) => {
        told.megabytes += chunk.length / 1024 ** 2;
        return request.write(chunk);
      },
    );
  });

const postHttp2 = (bomb: Buffer) =>
  new Promise<void>((resolve) => {
    told.sent += 1;
    const session = connectHttp2(`http://${address}`);
    session.on("error", () => (told.cut += 1));
    session.on("close", resolve);
    const request = session.request({
      ...JSON_HEADERS,
      ":method": "POST",
      ":path": PATH,
      "content-encoding": "gzip",
    });
    request.on("response", ({ ":status": status }) => {
      if (status === 401) told.refused += 1;
      else told.answered += 1;
      session.destroy();
    });
    request.on("error", () => session.destroy());
    request.end(bomb);
  });

const inParallel = async (count: number, work: () => Promise<void>): Promise<void> => {
  const one = async (): Promise<void> => {
    while (!isOver()) await work();
  };
  await Promise.all(Array.from({ length: count }, one));
};

/** 300 MB in 292 kB, as ten parts that are one text together (RFC 1952 section 2.2). */
const bombs = async (): Promise<void> => {
  const bomb = Buffer.concat(Array.from({ length: 10 }, () => PART));
  let turn = 0;
  await inParallel(10, async () => {
    turn += 1;
    if (turn % 2 === 0) return postHttp2(bomb);
    await postHttp1(
      { ...JSON_HEADERS, "content-encoding": "gzip", "content-length": bomb.length },
      (end, push) => {
        push(bomb);
        end();
      },
    );
    // A stranger's machine is not endless either.
    await sleep(5);
  });
};

const bodies = (): Promise<void> => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const CHUNKS = 1600;
  return inParallel(10, () =>
    postHttp1({ ...JSON_HEADERS, "content-length": CHUNKS * chunk.length }, (end, push) => {
      let sent = 0;
      const more = async (): Promise<void> => {
        while (sent < CHUNKS && !isOver()) {
          sent += 1;
          if (!push(chunk)) await sleep(1);
        }
        end();
      };
      void more();
    }),
  );
};

/** Raw HTTP/2 on two connections, each opened anew when it is cut. */
const frames = (batch: (n: number) => Buffer): Promise<void> =>
  inParallel(2, async () => {
    const client: RawHttp2 = await openRawHttp2(address);
    for (let n = 0; !isOver() && !client.closed; n += 100) {
      client.write(Buffer.concat(Array.from({ length: 100 }, (_, i) => batch(n + i))));
      told.sent += 100;
      await sleep(1);
    }
    if (client.closed) told.cut += 1;
    await client[Symbol.asyncDispose]();
    // A stranger is not next door: what a new connection takes over a network.
    await sleep(20);
  });

const call = headerBlock({
  ":method": "POST",
  ":scheme": "http",
  ":path": PATH,
  ":authority": "localhost",
  "content-type": "application/grpc",
});
const CANCEL = Buffer.from([0, 0, 0, 8]);

const rapidReset = (): Promise<void> =>
  frames((n) =>
    Buffer.concat([
      frame(FRAME.headers, FLAG.endHeaders, 1 + 2 * n, call),
      frame(FRAME.reset, 0, 1 + 2 * n, CANCEL),
    ]),
  );

const continuations = (): Promise<void> =>
  frames((n) =>
    n === 0
      ? frame(FRAME.headers, 0, 1, call)
      : frame(FRAME.continuation, 0, 1, headerBlock({ [`x-${n}`]: "y".repeat(100) })),
  );

/** HTTP/1.1: headers without end, until the connection is cut. */
const headers = (): Promise<void> =>
  inParallel(10, async () => {
    const [host = "", port = ""] = address.split(":");
    const socket = connect(Number(port), host);
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {}).resume();
    socket.write(`POST ${PATH} HTTP/1.1\r\nHost: localhost\r\n`);
    while (!isOver() && !socket.closed) {
      socket.write(`x-${told.sent}: ${"y".repeat(1000)}\r\n`.repeat(10));
      told.sent += 10;
      await sleep(1);
    }
    if (socket.closed) told.cut += 1;
    socket.destroy();
    await closed;
  });

const settingsAndPings = (): Promise<void> =>
  frames((n) => (n % 2 === 0 ? frame(FRAME.settings, 0, 0) : frame(FRAME.ping, 0, 0, Buffer.alloc(8))));

const KINDS: Readonly<Record<string, () => Promise<void>>> = {
  bombs,
  bodies,
  rapidReset,
  continuations,
  headers,
  settingsAndPings,
};

await KINDS[kind]?.();
console.log(JSON.stringify(told));
process.exit(0);
