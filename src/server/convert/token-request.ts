import type { HandlerContext } from "@connectrpc/connect";
import {
  type GetTokenRequest as Message,
  GetTokenRequestSchema,
} from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { GetTokenRequest, TokenAnswer } from "../../tokens/index.ts";
import { judgeItemKey } from "../context.ts";
import type { RpcDeps } from "../rpc/rpc.ts";
import { toGrant } from "./grant.ts";
import { toMs } from "./token.ts";

export const toTokenRequest = (message: Message): GetTokenRequest => ({
  ...toGrant(message),
  minTtlMs: toMs(message.minTtl),
  requiredScopes: message.requiredScopes,
  rejectedVersion: message.rejectedVersion === 0n ? undefined : message.rejectedVersion,
  tokenName: message.tokenName,
});

/** A request for a token within a batch or a watch. */
export interface AdmittedRequest {
  readonly request: GetTokenRequest;
  /** Whether its caller may have what came of it: a token is judged by the scopes that it has. */
  readonly judge: (answer: TokenAnswer) => TokenAnswer;
}

/**
 * Each is judged alone: what the interceptors ask of a message of its own is asked of it here.
 *
 * @throws BrokerError INVALID_REQUEST, and what the policy refuses with.
 */
export const admitTokenRequest = (
  { check }: Pick<RpcDeps, "check">,
  { values }: Pick<HandlerContext, "values">,
  message: Message,
): AdmittedRequest => {
  check(GetTokenRequestSchema, message);
  const judgeItem = values.get(judgeItemKey);
  if (!judgeItem) throw new Error("no judge of items: the policy was not asked");
  const checkScopes = judgeItem(message);
  return {
    request: toTokenRequest(message),
    judge(answer) {
      if (!answer.ok) return answer;
      try {
        checkScopes(answer.token.scopes);
        return answer;
      } catch (reason) {
        return { ok: false, revision: answer.revision, reason };
      }
    },
  };
};
