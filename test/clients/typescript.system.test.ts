/** What every client does, done by the TypeScript client over each of its transports. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKitSeed, startTestKit, type TestKit } from "../../src/testing/index.ts";
import { readCases } from "./case-format.ts";
import { connectControl, type ControlClient } from "./control-client.ts";
import { runCase as expectCase } from "./run-case.ts";
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
    await expectCase(each, control, client);
  });
});

it("cases have names of their own", () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

it("the TypeScript client runs where nothing of Node is", async () => {
  const connection = JSON.stringify(await kit.connections.seed());
  const program = `
    using broker = client.createTokenBroker({
      transport: client.createTransport({
        baseUrl: "${kit.brokerUrl}",
        credentials: client.apiKey("${kit.apiKey}"),
      }),
    });
    const source = broker.tokenSource(${connection});
    const { version } = await source.token();
    const answer = await client.withToken(fetch, source)("/me");
    return { version: String(version), status: answer.status, nodeIsHere: typeof process + typeof Buffer };
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--experimental-vm-modules",
    "--no-warnings",
    join(import.meta.dirname, "without-node.ts"),
    "src/client/index.ts",
    program,
  ]);
  expect(JSON.parse(stdout)).toEqual({
    version: expect.stringMatching(/^\d+$/),
    status: 200,
    nodeIsHere: "undefinedundefined",
  });
});
