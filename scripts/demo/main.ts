/** `npm run demo`: the whole job of the broker on real servers in half a minute. `--keep` leaves them running until Ctrl-C. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { createPaper, type Paper } from "./paper.ts";
import { type Grant, play } from "./play.ts";
import { setStage, type Stage } from "./stage.ts";

const LOG_LINES_SHOWN = 15;

const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const paper = createPaper();
const grant = { connectionId: randomUUID(), userId: "ada", provider: "demo" };

try {
  paper.title("token-broker: from a link to a token that is always valid");
  await using stage = await setStage();
  await perform(stage);
} catch (error) {
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function perform(stage: Stage): Promise<void> {
  try {
    await play(stage, grant, paper);
  } catch (error) {
    const log = stage.broker.output().trimEnd().split("\n").slice(-LOG_LINES_SHOWN).join("\n");
    process.stderr.write(`\nThe broker's log ended with:\n${log}\n`);
    throw error;
  }
  suggest(stage.broker.rpcUrl, grant, paper, values.keep);
  if (values.keep) {
    await untilInterrupted(stage);
  }
}

function suggest(
  rpcUrl: string,
  { connectionId, userId, provider }: Grant,
  to: Paper,
  running: boolean,
): void {
  const service = `${rpcUrl}/tokenbroker.v1.TokenBrokerService`;
  const key = JSON.stringify({ connection_id: connectionId, user_id: userId, provider });
  const yours = JSON.stringify({ connection_id: randomUUID(), user_id: "you", provider });
  const curl = (method: string, body: string) =>
    `curl -s ${service}/${method} -H 'content-type: application/json' -d '${body}'`;
  to.title(
    running
      ? "Try next"
      : "Try next, after `npm run demo -- --keep` (which prints these lines for its own ids)",
  );
  to.command("the token as JSON", curl("GetToken", key));
  to.command(
    "the same over gRPC, from any folder: the broker describes itself",
    `npx buf curl --http2-prior-knowledge --protocol grpc -d '${key}' ${service}/GetToken`,
  );
  to.command(
    "connect an account in your own browser: open the authorizeUrl",
    curl("StartAuthorization", yours),
  );
  to.command("the state of a connection", curl("GetConnection", key));
  to.blank();
}

async function untilInterrupted({ broker }: Stage): Promise<void> {
  paper.line("Everything keeps running. Ctrl-C ends it.");
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const ended = await Promise.race([interrupted.then(() => undefined), broker.exited]);
  paper.blank();
  if (ended !== undefined) {
    throw new Error(`the broker ended with ${ended.code ?? ended.signal}`);
  }
}
