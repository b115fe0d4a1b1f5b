/** `npm run demo`: the whole job of the broker on real servers in half a minute. `--keep` leaves them running until Ctrl-C. */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { type Exit } from "../../test/support/broker-process.ts";
import { createPaper, type Paper } from "./paper.ts";
import { type Grant, play } from "./play.ts";
import { setStage, type Stage } from "./stage.ts";

const LOG_LINES_SHOWN = 15;

/** Fixed, so that the commands printed at the end fit every run. */
const GRANT: Grant = {
  connectionId: "7d9f2c1e-5b1a-4c59-9a8e-0f6f5d1c2b3a",
  userId: "ada",
  provider: "demo",
};
const YOUR_CONNECTION_ID = "b3a0c5d4-1f6e-4e0b-8d57-2c9a71e4f608";

const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const paper = createPaper();

try {
  paper.title("token-broker: from a link to a token that is always valid");
  await using stage = await setStage();
  await perform(stage);
} catch (error) {
  process.stderr.write(`\nThe demo failed: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function perform(stage: Stage): Promise<void> {
  try {
    await play(stage, GRANT, paper);
  } catch (error) {
    const log = stage.broker.output().trimEnd().split("\n").slice(-LOG_LINES_SHOWN).join("\n");
    process.stderr.write(`\nThe broker's log ended with:\n${log}\n`);
    const ended = await Promise.race([stage.broker.exited, Promise.resolve(undefined)]);
    throw ended ? brokerEnded(ended) : error;
  }
  suggest(stage.broker.rpcUrl, paper, values.keep);
  if (values.keep) {
    await untilInterrupted(stage);
  }
}

function suggest(rpcUrl: string, to: Paper, running: boolean): void {
  const { connectionId, userId, provider } = GRANT;
  const service = `${rpcUrl}/tokenbroker.v1.TokenBrokerService`;
  const key = JSON.stringify({ connectionId, userId, provider });
  const yours = JSON.stringify({ connectionId: YOUR_CONNECTION_ID, userId: "you", provider });
  const curl = (method: string, body: string) =>
    `curl ${service}/${method} --header 'content-type: application/json' --data '${body}'`;
  to.title(running ? "Try next" : "Try next, beside `npm run demo -- --keep`");
  to.command("the token as JSON", curl("GetToken", key));
  to.command(
    "the same over gRPC; no schema is needed, the broker describes itself",
    `npx buf curl --http2-prior-knowledge --protocol grpc --data '${key}' ${service}/GetToken`,
  );
  to.command("connect an account in your own browser: open authorizeUrl", curl("StartAuthorization", yours));
  to.command("how a connection is", curl("GetConnection", key));
  to.blank();
}

async function untilInterrupted({ broker }: Stage): Promise<void> {
  paper.line("Everything keeps running. Ctrl-C ends it.");
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const ended = await Promise.race([interrupted.then(() => undefined), broker.exited]);
  paper.blank();
  if (ended !== undefined) {
    throw brokerEnded(ended);
  }
}

function brokerEnded({ code, signal }: Exit): Error {
  return new Error(`the broker ended with ${code ?? signal}`);
}

/** `fetch` says why in the cause only. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause === undefined ? error.message : `${error.message} (${messageOf(error.cause)})`;
}
