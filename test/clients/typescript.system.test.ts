/** What every client does, done by the TypeScript client over each of its transports. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TokenBrokerError } from "../../src/client/index.ts";
import { readKitSeed, startTestKit, type TestKit } from "../../src/testing/index.ts";
import { readCases } from "./case-format.ts";
import { connectControl, type ControlClient } from "./control-client.ts";
import { runCase } from "./run-case.ts";
import { canRun, newClient, TRANSPORTS } from "./typescript-client.ts";

const cases = readCases();

let kit: TestKit;
let control: ControlClient;
beforeAll(async () => {
  kit = await startTestKit({ ...readKitSeed(join(import.meta.dirname, "kit.json")), tls: true });
  control = await connectControl(kit.controlUrl);
});
afterAll(() => kit.close());

describe.each(TRANSPORTS)("the TypeScript client, %s", (transport) => {
  it.each(cases.filter(({ client }) => canRun(transport, client)))("$name", async (each) => {
    await control.post("/reset");
    await using client = newClient(control.kit, transport, each.client);
    await runCase(each, control, client);
  });
});

it("cases have names of their own", () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(TokenBrokerError.name).toBe("TokenBrokerError");
});
