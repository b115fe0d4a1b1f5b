import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EgressFailure } from "../../src/oauth/index.ts";
import { testEgress } from "./calls.ts";

const TIMEOUT_MS = 1000;

/** On a thread of its own, which goes on while this one stands still. */
const SERVER = `
  const { createServer } = require("node:http");
  const { parentPort } = require("node:worker_threads");
  const server = createServer((request, response) => {
    parentPort.postMessage("asked");
    if (request.url === "/answers") setTimeout(() => response.end("read"), ${TIMEOUT_MS / 2});
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

describe("a process that stands still beyond the time of a call", () => {
  const egress = testEgress({ timeoutMs: TIMEOUT_MS });
  let server: Worker;
  let port: number;
  beforeAll(async () => {
    server = new Worker(SERVER, { eval: true });
    [port] = (await once(server, "message")) as [number];
  });
  afterAll(async () => {
    await egress.close();
    await server.terminate();
  });

  const call = async (path: string): Promise<string> => {
    const url = `http://127.0.0.1:${port}${path}`;
    const answer = egress.fetch(url, {}, { trust: "operator" }).then(
      (response) => response.text(),
      ({ problem }: EgressFailure) => problem,
    );
    await once(server, "message");
    standStill(2 * TIMEOUT_MS);
    return await answer;
  };

  it("reads the answer that came meanwhile", async () => {
    expect(await call("/answers")).toBe("read");
  });

  it("does not wait for an answer that did not", async () => {
    expect(await call("/hangs")).toBe("timeout");
  });
});
