/** The TypeScript client over its other transports, where nothing of Node is, and as a page of the documentation shows it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { describeCases } from "./describe-cases.ts";

const run = promisify(execFile);

const kit = describeCases(["gRPC", "Connect by fetch", "gRPC-Web by fetch"]);

it("the TypeScript client runs where nothing of Node is", async () => {
  const { brokerUrl, apiKey, connections } = kit();
  const connection = JSON.stringify(await connections.seed());
  const program = `
    using broker = client.createTokenBroker({
      transport: client.createTransport({ baseUrl: "${brokerUrl}", credentials: client.apiKey("${apiKey}") }),
    });
    const source = broker.tokenSource(${connection});
    const { version } = await source.token();
    const answer = await client.withToken(fetch, source)("/me");
    return { version: String(version), status: answer.status, nodeIsHere: typeof process + typeof Buffer };
  `;
  const { stdout } = await run(process.execPath, [
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

it("the example program does what it says", async () => {
  const { stdout } = await run(process.execPath, [
    "--conditions=token-broker-source",
    "examples/consume-tokens.ts",
  ]);
  expect(stdout).toContain("a dead grant offers the link, and the token is back");
});
