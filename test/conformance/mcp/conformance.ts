/** Every scenario about authorization against a broker in this process, each in a namespace of its own. */
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.ts";
import { storeUnderTest } from "../../support/database.ts";
import type { Mode } from "./adapter/environment.ts";
import { type LoopbackOnly, stayOnLoopback } from "./loopback-only.ts";
import { type Case, EXTENSIONS, LEGACY, REFUSALS, requiredOf } from "./requirements.ts";
import { runScenario } from "./run-scenario.ts";

const CURRENT = requiredOf("2026-07-28");
const BEFORE = requiredOf("2025-11-25");

/** The client id that the suite expects where a server takes documents. Nothing is served there, and the suite's servers do not ask. */
const CLIENT_METADATA_URL = "https://conformance-test.local/client-metadata.json";

const BROKER = {
  BROKER_ALLOW_INSECURE_LOOPBACK: "true",
  BROKER_MCP_CLIENT_METADATA_URL: CLIENT_METADATA_URL,
} as const;

const WITH_LEGACY = { ...BROKER, BROKER_MCP_LEGACY: "true" } as const;

export const describeConformance = (mode: Mode): void => {
  it("runs every scenario that the revisions require", () => {
    expect([CURRENT.length, BEFORE.length, LEGACY.length, EXTENSIONS.length]).toEqual([25, 14, 2, 3]);
  });

  describe("a broker as it is", () => {
    suite(BROKER, mode, [...CURRENT, ...BEFORE, ...EXTENSIONS]);
  });

  describe("a broker with the fallbacks of 2025-03-26", () => {
    suite(WITH_LEGACY, mode, LEGACY);
  });
};

const suite = (env: Readonly<Record<string, string>>, mode: Mode, cases: readonly Case[]): void => {
  const store = storeUnderTest("pglite");
  let broker: TestApp;
  let network: LoopbackOnly;

  beforeAll(async () => {
    network = stayOnLoopback();
    broker = await startTestApp({ env, database: await store.open() });
  });

  afterAll(async () => {
    await broker[Symbol.asyncDispose]();
    network[Symbol.dispose]();
  });

  for (const { scenario, protocolVersion } of cases) {
    it(`${scenario} at ${protocolVersion}`, async () => {
      const namespace = namespaceOf({ scenario, protocolVersion });
      const options = { scenario, protocolVersion, mode, namespace };
      const outcome = await runScenario({ ...options, brokerUrl: broker.rpcUrl });
      onTestFailed(() => console.log(outcome.output));
      const { exitCode, complaints, ending } = outcome;
      expect({ exitCode, complaints, ending }).toEqual({
        exitCode: 0,
        complaints: [],
        ending: endingOf(scenario),
      });
      expect(outcome.successes).toBeGreaterThan(0);
      expect(outcome.probes > 0).toBe(mode === "bare" || operatorAsks(scenario));
    });
  }

  it("needs nothing beyond this machine", () => {
    expect(network.refused).toEqual([]);
  });
};

/** So that no refusal is mistaken for a session that broke on the way. */
const endingOf = (scenario: string): string => {
  const reason = REFUSALS[scenario];
  return reason === undefined ? "accepted" : `refused: ${reason}`;
};

/** The operator of an extension looks with CheckMcpServer which authorization server to register at. */
const operatorAsks = (scenario: string): boolean =>
  EXTENSIONS.some((extension) => extension.scenario === scenario);

const namespaceOf = ({ scenario, protocolVersion }: Case): string =>
  `${scenario.replace("auth/", "s-")}-${protocolVersion}`;
