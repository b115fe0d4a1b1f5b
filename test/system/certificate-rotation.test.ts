/** A certificate that is replaced while callers go on calling: nobody notices. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import { filesIn, install, type ListenerFiles, serversCa } from "../server/tls-files.ts";
import { type BrokerProcess, startBrokerProcess } from "../support/broker-process.ts";

const PATH = "/tokenbroker.v1.TokenBrokerService/ListConnections";
const ca = serversCa();
const key = newApiKey("service");
const HEADERS = { "content-type": "application/json", authorization: `Bearer ${key.key}` };

let directory: string;
let files: ListenerFiles;
let broker: BrokerProcess;
let port: number;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-rotation-"));
  files = filesIn(directory);
  install(files, "server-one");
  const keysFile = join(directory, "keys");
  writeFileSync(keysFile, `${key.line}\n`);
  broker = await startBrokerProcess({
    env: {
      BROKER_API_KEYS_FILE: keysFile,
      BROKER_RPC_TLS_CERT_FILE: files.certFile,
      BROKER_RPC_TLS_KEY_FILE: files.keyFile,
      BROKER_HTTP_TLS_CERT_FILE: files.certFile,
      BROKER_HTTP_TLS_KEY_FILE: files.keyFile,
    },
  });
  port = Number(broker.rpcAddress.split(":")[1]);
});
afterAll(async () => {
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** The name in the certificate that a new connection is shown. */
const shown = async (at = port): Promise<string> => {
  const socket = connect({ port: at, host: "localhost", ca });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
};

const callBy = async (session: ClientHttp2Session): Promise<number> => {
  const stream = session.request({ ...HEADERS, ":method": "POST", ":path": PATH });
  stream.end("{}");
  const [answer] = (await once(stream, "response")) as [{ readonly ":status"?: number }];
  await stream.toArray();
  return Number(answer[":status"]);
};

const callOver = async (agent: Agent | false): Promise<number> => {
  const call = request({ port, host: "localhost", ca, path: PATH, method: "POST", headers: HEADERS, agent });
  call.end("{}");
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  await answer.toArray();
  return Number(answer.statusCode);
};

it("fails no call, on connections that stand and on new ones", async () => {
  const session = connectHttp2(`https://localhost:${port}`, { ca });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const callers = {
    "one HTTP/2 connection": () => callBy(session),
    "one HTTP/1.1 connection": () => callOver(agent),
    "a new connection each": () => callOver(false),
  };
  const done = { calls: 0, failed: [] as unknown[], over: false };
  const keepCalling = async (call: () => Promise<number>): Promise<void> => {
    while (!done.over) {
      done.calls += 1;
      const outcome: unknown = await call().catch((error: unknown) => error);
      if (outcome !== 200) done.failed.push(outcome);
    }
  };
  const calling = Object.values(callers).map(keepCalling);
  for (const name of ["server-two", "server-three", "server-one"]) {
    const before = done.calls;
    install(files, name);
    await expect.poll(() => shown(), { timeout: 10_000, interval: 50 }).toBe(name);
    await expect.poll(() => done.calls - before, { timeout: 10_000 }).toBeGreaterThan(20);
  }
  done.over = true;
  await Promise.all(calling);
  console.log(
    `${done.calls} calls while the certificate was replaced three times, ${done.failed.length} failed`,
  );
  expect(done.failed).toEqual([]);
  expect(session.closed).toBe(false);
  session.destroy();
  agent.destroy();
  expect(await shown(Number(broker.callbackAddress.split(":")[1]))).toBe("server-one");
});
