import type { HandlerContext } from "@connectrpc/connect";
import type { GetTokenRequest } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import type { TokenAnswer } from "../../tokens/index.ts";
import { accessOf } from "../context.ts";

/** Why the policy refuses this message within the message, as GetToken would have told it; undefined = it does not. */
export const refusalOf = (
  context: HandlerContext,
  item: GetTokenRequest,
  scopes?: readonly string[],
): BrokerError | undefined => {
  try {
    accessOf(context).admit(item, scopes);
    return undefined;
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
};

/** An answer as far as the policy lets it out: a token is judged by the scopes that it has, whoever asked for them. */
export const letOut = (context: HandlerContext, item: GetTokenRequest, answer: TokenAnswer): TokenAnswer => {
  if (!answer.ok) return answer;
  const reason = refusalOf(context, item, answer.token.scopes);
  return reason ? { ok: false, revision: answer.revision, reason } : answer;
};
