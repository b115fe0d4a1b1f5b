import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { readKitSeed, startTestKit, type TestKit } from "../../src/testing/index.ts";
import { storeUnderTest } from "../support/database.ts";
import { readCases } from "./case-format.ts";
import { connectControl, type ControlClient } from "./control-client.ts";
import { runCase as expectCase } from "./run-case.ts";
import { canRun, newClient, type TransportName } from "./typescript-client.ts";

export const cases = readCases();

/** Runs every case over these transports, against one kit. Answers the kit, once it runs. */
export const describeCases = (transports: readonly TransportName[]): (() => TestKit) => {
  let kit: TestKit;
  let control: ControlClient;
  const store = storeUnderTest("pglite");
  beforeAll(async () => {
    const seed = readKitSeed(join(import.meta.dirname, "kit.json"));
    const database = await store.source();
    // A database that is migrated already, to begin sooner.
    const env = database.kind === "pglite" ? { BROKER_DATA_DIR: database.dataDir } : {};
    kit = await startTestKit({ ...seed, tls: true, env });
    control = await connectControl(kit.controlUrl);
  });
  afterAll(() => kit.close());
  describe.each(transports)("the TypeScript client, %s", (transport) => {
    it.each(cases.filter(({ client }) => canRun(transport, client)))("$name", async (each) => {
      await control.post("/reset");
      await using client = newClient(control.kit, transport, each.client);
      await expectCase(each, control, client);
    });
  });
  return () => kit;
};
