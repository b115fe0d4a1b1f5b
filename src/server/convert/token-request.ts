import type { HandlerContext } from "@connectrpc/connect";
import {
  type GetTokenRequest as Message,
  GetTokenRequestSchema,
} from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { GetTokenRequest } from "../../tokens/index.ts";
import { accessOf } from "../context.ts";
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

/**
 * A request for a token within a batch or a watch, which is judged alone: what the interceptors ask of a message of its own is asked of it here.
 *
 * @throws BrokerError INVALID_REQUEST, and what the policy refuses.
 */
export const admitTokenRequest = (
  { check }: Pick<RpcDeps, "check">,
  context: HandlerContext,
  message: Message,
): GetTokenRequest => {
  check(GetTokenRequestSchema, message);
  accessOf(context).admit(message);
  return toTokenRequest(message);
};
