/** Strangers who flood the RPC port of a broker in a process of its own, while a caller with a key goes on calling. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { type BrokerProcess, startBrokerProcess } from "../support/broker-process.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";

const FLOOD = join(import.meta.dirname, "programs/flood.ts");
const CALM_MS = 1500;
const FLOOD_MS = 4000;
/** What the process may grow by, all floods one after the other taken together. */
const MAX_GROWTH_MB = 300;
const MAX_P99_MS = 200;
const MAX_RATIO = 5;
/** A calm call that is slower than this says that the machine has other things to do: then the ratio counts. */
const SLOW_MS = MAX_P99_MS / MAX_RATIO;

/** A machine that does something else for a second makes one call in a hundred slow; a broker that is slow is so three times. */
const ONCE_IN_THREE = { retry: 2 };

const key = newApiKey("service");
let directory: string;
let broker: BrokerProcess;
let agent: Agent;
let residentAtFirstMb: number;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-floods-"));
  const keysFile = join(directory, "keys");
  writeFileSync(keysFile, `${key.line}\n`);
  broker = await startBrokerProcess({
    env: {
      BROKER_DATABASE_URL: await createDatabase(await postgresServerUrl()),
      BROKER_DATA_DIR: undefined,
      BROKER_API_KEYS_FILE: keysFile,
      CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
    },
  });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  // The first calls are compiled, not run.
  await callsFor(CALM_MS);
  residentAtFirstMb = residentMb();
});
afterAll(async () => {
  agent.destroy();
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
});

const callOnce = async (): Promise<number> => {
  const begun = performance.now();
  const call = request(`${broker.rpcUrl}/tokenbroker.v1.TokenBrokerService/ListConnections`, {
    method: "POST",
    agent,
    headers: { "content-type": "application/json", authorization: `Bearer ${key.key}` },
  });
  call.end("{}");
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  await answer.toArray();
  if (answer.statusCode !== 200) throw new Error(`a caller with a key got ${answer.statusCode}`);
  return performance.now() - begun;
};

/** How long each call took, one after the other. */
const callsFor = async (ms: number): Promise<number[]> => {
  const took: number[] = [];
  const endsAtMs = performance.now() + ms;
  while (performance.now() < endsAtMs) {
    took.push(await callOnce());
    await sleep(5);
  }
  return took;
};

const p99 = (took: readonly number[]): number =>
  took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] ?? Number.NaN;

const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${broker.pid}/status`, "utf8"))?.[1]) / 1024;

/** The most that was seen while the work went on. */
const peakWhile = async (work: Promise<unknown>): Promise<number> => {
  let peak = 0;
  const look = setInterval(() => (peak = Math.max(peak, residentMb())), 20);
  await work.finally(() => clearInterval(look));
  return peak;
};

interface Told {
  readonly sent: number;
  readonly refused: number;
  readonly answered: number;
  readonly cut: number;
  readonly megabytes: number;
}

/** The stranger has another machine: what it computes itself is not to be the broker's trouble. */
const flood = async (kind: string): Promise<Told> => {
  const args = ["-n", "19", process.execPath, FLOOD, kind, broker.rpcAddress, String(FLOOD_MS)];
  const child = spawn("nice", args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  await once(child, "close");
  return JSON.parse(said) as Told;
};

describe.runIf(process.platform === "linux")("a stranger's flood of", () => {
  it.each([
    ["gzip bombs", "bombs"],
    ["bodies of 100 MB", "bodies"],
    ["streams that are opened and cancelled", "rapidReset"],
    ["headers that go on in CONTINUATION frames", "continuations"],
    ["headers without end", "headers"],
    ["SETTINGS and PING frames", "settingsAndPings"],
  ])("%s costs little memory and little time of others", ONCE_IN_THREE, async (name, kind) => {
    const calm = await callsFor(CALM_MS);
    const over = { flood: false };
    const attack = flood(kind).finally(() => (over.flood = true));
    const took: number[] = [];
    const calling = async (): Promise<void> => {
      while (!over.flood) took.push(...(await callsFor(100)));
    };
    const peak = await peakWhile(Promise.all([attack, calling()]));
    const told = await attack;
    calm.push(...(await callsFor(CALM_MS)));
    const [calmMs, floodMs] = [p99(calm), p99(took)];
    const growth = peak - residentAtFirstMb;
    console.log(
      `${name}: ${JSON.stringify(told)}; p99 ${calmMs.toFixed(1)} ms calm, ${floodMs.toFixed(1)} ms in the flood (${(floodMs / calmMs).toFixed(1)}x, ${took.length} calls); resident ${residentAtFirstMb.toFixed(0)} MB at first, now at most ${growth.toFixed(0)} MB more`,
    );
    expect(told.answered).toBe(0);
    await expect(Promise.race([broker.exited, Promise.resolve("running")])).resolves.toBe("running");
    expect(told.refused + told.cut).toBeGreaterThan(kind === "settingsAndPings" ? -1 : 0);
    expect(growth).toBeLessThan(MAX_GROWTH_MB);
    expect(floodMs).toBeLessThan(MAX_RATIO * Math.max(calmMs, SLOW_MS));
  });
});
