import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { WatchTokenRequest, WatchTokenResponseSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { invalidField } from "../../errors.ts";
import type { TokenAnswer } from "../../tokens/index.ts";
import type { StreamOptions, TokenWatch } from "../../watching/index.ts";
import { askAgainKey } from "../context.ts";
import type { RpcDeps } from "../rpc/rpc.ts";
import { admitTokenRequest } from "./token-request.ts";
import { fromTokenAnswer } from "./token-result.ts";

/** @throws BrokerError INVALID_REQUEST. */
export const toTokenWatch = (
  deps: Pick<RpcDeps, "check">,
  { request, sinceRevision }: WatchTokenRequest,
): TokenWatch => {
  if (request === undefined) throw invalidField("request", "is required");
  return { request: admitTokenRequest(deps, request), sinceRevision };
};

export const fromTokenState = (
  { logger }: Pick<RpcDeps, "logger">,
  context: HandlerContext,
  answer: TokenAnswer,
): MessageInitShape<typeof WatchTokenResponseSchema> => ({
  revision: answer.revision,
  result: fromTokenAnswer(answer, context, logger),
});

/** A stream lasts until its caller goes, and as long as the gate would let it in. */
export const streamOptions = ({ signal, values }: HandlerContext): StreamOptions => ({
  signal,
  stillAllowed: values.get(askAgainKey),
});
