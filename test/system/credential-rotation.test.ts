/** Certificates and keys that are replaced while callers go on calling: nobody notices. */
import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import {
  filesIn,
  identity,
  install,
  type ListenerFiles,
  serversCa,
  tlsFile,
  tlsText,
} from "../server/tls-files.ts";
import { type BrokerProcess, startBrokerProcess } from "../support/broker-process.ts";

const PATH = "/tokenbroker.v1.TokenBrokerService/ListConnections";
const ca = serversCa();
const firstKey = newApiKey("service");
const bearer = ({ key }: { readonly key: string }) => ({
  "content-type": "application/json",
  authorization: `Bearer ${key}`,
});
/** What every caller sends with its next call. */
let headers = bearer(firstKey);

let directory: string;
let files: ListenerFiles;
let broker: BrokerProcess;
let port: number;
let keysFile: string;
let bundle: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-rotation-"));
  files = filesIn(directory);
  install(files, "server-one");
  keysFile = join(directory, "keys");
  writeFileSync(keysFile, `${firstKey.line}\n`);
  bundle = join(directory, "bundle.pem");
  copyFileSync(tlsFile("alpha-authority.pem"), bundle);
  broker = await startBrokerProcess({
    env: {
      BROKER_API_KEYS_FILE: keysFile,
      BROKER_RPC_TLS_CERT_FILE: files.certFile,
      BROKER_RPC_TLS_KEY_FILE: files.keyFile,
      BROKER_RPC_TLS_CLIENT_CA_FILE: `alpha.example=${bundle}`,
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
  const stream = session.request({ ...headers, ":method": "POST", ":path": PATH });
  stream.end("{}");
  const [answer] = (await once(stream, "response")) as [{ readonly ":status"?: number }];
  await stream.toArray();
  return Number(answer[":status"]);
};

const callOver = async (agent: Agent | false, sent: OutgoingHttpHeaders, own = {}): Promise<number> => {
  const options = { port, host: "localhost", ca, path: PATH, method: "POST", headers: sent, agent };
  const call = request({ ...options, ...own });
  call.end("{}");
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  await answer.toArray();
  return Number(answer.statusCode);
};

/** Callers that call one call after the other, until they are stopped. */
const startCallers = (callers: readonly (() => Promise<number>)[]) => {
  const done = { calls: 0, failed: [] as unknown[], over: false };
  const keepCalling = async (call: () => Promise<number>): Promise<void> => {
    while (!done.over) {
      done.calls += 1;
      const outcome: unknown = await call().catch((error: unknown) => error);
      if (outcome !== 200) done.failed.push(outcome);
    }
  };
  const calling = callers.map(keepCalling);
  return {
    done,
    /** Some more calls of everybody. */
    more: async (): Promise<void> => {
      const before = done.calls;
      await expect.poll(() => done.calls - before, { timeout: 10_000 }).toBeGreaterThan(20);
    },
    stop: async (what: string): Promise<void> => {
      done.over = true;
      await Promise.all(calling);
      console.log(`${done.calls} calls while ${what}, ${done.failed.length} failed`);
      expect(done.failed).toEqual([]);
    },
  };
};

it("a listener's certificate fails no call, on connections that stand and on new ones", async () => {
  const session = connectHttp2(`https://localhost:${port}`, { ca });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const callers = startCallers([
    () => callBy(session),
    () => callOver(agent, headers),
    () => callOver(false, headers),
  ]);
  for (const name of ["server-two", "server-three", "server-one"]) {
    install(files, name);
    await expect.poll(() => shown(), { timeout: 10_000, interval: 50 }).toBe(name);
    await callers.more();
  }
  await callers.stop("the certificate was replaced three times");
  expect(session.closed).toBe(false);
  session.destroy();
  agent.destroy();
  expect(await shown(Number(broker.callbackAddress.split(":")[1]))).toBe("server-one");
});

it("an API key fails no call where the second line comes before the first one goes", async () => {
  const session = connectHttp2(`https://localhost:${port}`, { ca });
  const callers = startCallers([() => callBy(session), () => callOver(false, headers)]);
  let old = firstKey;
  for (let time = 0; time < 3; time += 1) {
    const next = newApiKey("service");
    writeFileSync(keysFile, `${old.line}\n${next.line}\n`);
    await expect.poll(() => callOver(false, bearer(next)), { timeout: 10_000, interval: 50 }).toBe(200);
    headers = bearer(next);
    await callers.more();
    writeFileSync(keysFile, `${next.line}\n`);
    const gone = bearer(old);
    await expect.poll(() => callOver(false, gone), { timeout: 10_000, interval: 50 }).toBe(401);
    await callers.more();
    old = next;
  }
  await callers.stop("the API key was replaced three times");
  session.destroy();
});

it("the authority of client certificates fails no call where the next one comes before the last one goes", async () => {
  const noKey = { "content-type": "application/json" };
  const alpha = identity("alpha");
  const other = identity("stranger");
  let own = alpha;
  const callers = startCallers([() => callOver(false, noKey, own), () => callOver(false, noKey, own)]);
  await callers.more();
  appendFileSync(bundle, tlsText("stranger-authority.pem"));
  await expect.poll(() => callOver(false, noKey, other), { timeout: 10_000, interval: 50 }).toBe(200);
  own = other;
  await callers.more();
  copyFileSync(tlsFile("stranger-authority.pem"), bundle);
  await expect.poll(() => callOver(false, noKey, alpha), { timeout: 10_000, interval: 50 }).toBe(401);
  await callers.more();
  await callers.stop("the authority of the clients was replaced");
});
