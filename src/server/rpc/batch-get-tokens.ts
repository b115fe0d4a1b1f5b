import { setTimeout as delay } from "node:timers/promises";
import { GetTokenRequestSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import { MILLISECOND } from "../../time.ts";
import type { TokenAnswer } from "../../tokens/index.ts";
import { remainingMs } from "../context.ts";
import { toTokenRequest } from "../convert/token-request.ts";
import { fromTokenAnswer } from "../convert/token-result.ts";
import type { BrokerRpc } from "./rpc.ts";

/** Of the time that the caller has: for the records of what is answered, and for the way back. */
const KEPT_SHARE = 1 / 5;
const KEPT_MS = 500 * MILLISECOND;

/** Each item succeeds, fails or is late alone. */
export const batchGetTokens: BrokerRpc<"batchGetTokens"> =
  ({ tokens, check, logger }) =>
  async ({ requests }, context) => {
    const leftMs = remainingMs(context);
    const deadlineMs = leftMs - Math.min(KEPT_MS, leftMs * KEPT_SHARE);
    const problems = requests.map((request) => problemOf(() => check(GetTokenRequestSchema, request)));
    const sound = requests.filter((_, index) => problems[index] === undefined);
    const answers = tokens.getTokens(sound.map(toTokenRequest), { signal: context.signal, deadlineMs });
    const ended = new AbortController();
    const late = delay(deadlineMs, LATE, { signal: ended.signal }).catch(() => LATE);
    const inTime = answers.map((answer) => Promise.race([answer, late]));
    const results = (await Promise.all(inTime))[Symbol.iterator]();
    ended.abort();
    return {
      results: problems.map((problem) =>
        fromTokenAnswer(problem ?? results.next().value ?? LATE, context, logger),
      ),
    };
  };

const problemOf = (work: () => void): TokenAnswer | undefined => {
  try {
    work();
    return undefined;
  } catch (reason) {
    return { ok: false, revision: 0n, reason };
  }
};

const LATE: TokenAnswer = {
  ok: false,
  revision: 0n,
  reason: new BrokerError("DEADLINE_EXCEEDED", "the token was not there within the call's deadline: retry"),
};
