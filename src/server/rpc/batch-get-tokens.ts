import { setTimeout as delay } from "node:timers/promises";
import type { HandlerContext } from "@connectrpc/connect";
import type { GetTokenRequest as Message } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import { MILLISECOND } from "../../time.ts";
import type { TokenAnswer } from "../../tokens/index.ts";
import { remainingMs } from "../context.ts";
import { type AdmittedRequest, admitTokenRequest } from "../convert/token-request.ts";
import { fromTokenAnswer } from "../convert/token-result.ts";
import type { BrokerRpc, RpcDeps } from "./rpc.ts";

/** Of the time that the caller has: for the records of what is answered, and for the way back. */
const KEPT_SHARE = 1 / 5;
const KEPT_MS = 500 * MILLISECOND;

/** Each item succeeds, fails or is late alone. */
export const batchGetTokens: BrokerRpc<"batchGetTokens"> = (deps) => async (batch, context) => {
  const leftMs = remainingMs(context);
  const deadlineMs = leftMs - Math.min(KEPT_MS, leftMs * KEPT_SHARE);
  const admitted = batch.requests.map((message) => admit(deps, context, message));
  const requests = admitted.flatMap((one) => (isAnswer(one) ? [] : [one.request]));
  const answers = deps.tokens.getTokens(requests, { signal: context.signal, deadlineMs });
  const inTime = await settledWithin(deadlineMs, answers);
  const results = inTime[Symbol.iterator]();
  const answerOf = (one: AdmittedRequest | TokenAnswer): TokenAnswer =>
    isAnswer(one) ? one : one.judge(results.next().value ?? LATE);
  return { results: admitted.map((one) => fromTokenAnswer(answerOf(one), context, deps.logger)) };
};

/** The request, or the answer in its place. */
const admit = (deps: RpcDeps, context: HandlerContext, message: Message): AdmittedRequest | TokenAnswer => {
  try {
    return admitTokenRequest(deps, context, message);
  } catch (reason) {
    return { ok: false, revision: 0n, reason };
  }
};

const isAnswer = (one: AdmittedRequest | TokenAnswer): one is TokenAnswer => "ok" in one;

const settledWithin = async (
  ms: number,
  answers: readonly Promise<TokenAnswer>[],
): Promise<TokenAnswer[]> => {
  const ended = new AbortController();
  const late = delay(ms, LATE, { signal: ended.signal }).catch(() => LATE);
  const inTime = await Promise.all(answers.map((answer) => Promise.race([answer, late])));
  ended.abort();
  return inTime;
};

const LATE: TokenAnswer = {
  ok: false,
  revision: 0n,
  reason: new BrokerError("DEADLINE_EXCEEDED", "the token was not there within the call's deadline: retry"),
};
