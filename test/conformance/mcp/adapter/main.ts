/**
 * The client under test of the MCP conformance suite: an ordinary MCP client that asks the broker for its tokens and knows nothing of
 * OAuth. It lists the server's tools and calls one. Exit codes: 0 the tool answered; 1 the broker refused, the reason stands on the
 * last line; 2 anything else.
 */
import { randomUUID } from "node:crypto";
import { connectToBroker, refusalIn } from "./broker.ts";
import { type AdapterEnvironment, readEnvironment } from "./environment.ts";
import { createMcpClient, type McpRequest, sessionOf } from "./mcp-client.ts";
import { prepare } from "./operator.ts";
import { type Tokens, tokensOf } from "./tokens.ts";

/** The broker ends a series of challenges; this only keeps a broken one from running for ever. */
const MOST_CHALLENGES = 10;

const run = async (environment: AdapterEnvironment): Promise<void> => {
  const { mcpServerUrl, protocolVersion, namespace, mode } = environment;
  const broker = connectToBroker(environment.brokerUrl);
  const grant = { namespace, connectionId: randomUUID(), userId: "person-1", mcpServerUrl };
  const tokens = tokensOf(broker, grant, mode, await prepare(broker, environment));
  const client = createMcpClient(mcpServerUrl, protocolVersion);
  for (const request of sessionOf(protocolVersion)) {
    await sendUntilAccepted(request, tokens, (authorization) => client.send(request, authorization));
  }
};

const sendUntilAccepted = async (
  { method }: McpRequest,
  tokens: Tokens,
  send: (authorization: string | undefined) => ReturnType<ReturnType<typeof createMcpClient>["send"]>,
): Promise<void> => {
  let token = await tokens.current();
  for (let challenges = 0; challenges < MOST_CHALLENGES; challenges++) {
    const answer = await send(token?.authorization);
    if ("result" in answer) return;
    console.log(`${method}: ${answer.challenge.status}`);
    token = await tokens.after(answer.challenge, token);
  }
  throw new Error(`${method} was challenged ${MOST_CHALLENGES} times`);
};

try {
  await run(readEnvironment());
  console.log("accepted");
} catch (error) {
  const refusal = refusalIn(error);
  if (refusal === undefined) {
    console.error(error);
    process.exitCode = 2;
  } else {
    console.error(refusal.message);
    console.log(`refused: ${refusal.reason}`);
    process.exitCode = 1;
  }
}
