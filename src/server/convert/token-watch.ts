import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import {
  type GetTokenRequest,
  GetTokenRequestSchema,
  type WatchTokenRequest,
  type WatchTokenResponseSchema,
} from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { type BrokerError, invalidField } from "../../errors.ts";
import type { TokenAnswer } from "../../tokens/index.ts";
import type { StreamOptions, TokenWatch } from "../../watching/index.ts";
import { letOut, refusalOf } from "../access/let-out.ts";
import { accessOf, askAgainKey } from "../context.ts";
import type { RpcDeps } from "../rpc/rpc.ts";
import { toTokenRequest } from "./token-request.ts";
import { fromTokenAnswer } from "./token-result.ts";

/** What is asked for, and what to watch: an error where the policy refuses it. @throws BrokerError INVALID_REQUEST. */
export const toTokenWatch = (
  { check }: Pick<RpcDeps, "check">,
  context: HandlerContext,
  { request, sinceRevision }: WatchTokenRequest,
): { readonly asked: GetTokenRequest; readonly watch: TokenWatch | BrokerError } => {
  if (request === undefined) throw invalidField("request", "is required");
  check(GetTokenRequestSchema, request);
  const refusal = refusalOf(context, request);
  return { asked: request, watch: refusal ?? { request: toTokenRequest(request), sinceRevision } };
};

export const fromTokenState = (
  { logger }: Pick<RpcDeps, "logger">,
  context: HandlerContext,
  asked: GetTokenRequest | undefined,
  answer: TokenAnswer,
): MessageInitShape<typeof WatchTokenResponseSchema> => ({
  revision: answer.revision,
  result: fromTokenAnswer(asked ? letOut(context, asked, answer) : answer, context, logger),
});

/** A stream lasts until its caller goes, and as long as the gate would let it in, and the policy refuses nothing that it allowed at first. */
export const streamOptions = (
  context: HandlerContext,
  asked: readonly GetTokenRequest[] = [],
): StreamOptions => {
  const allowed = asked.filter((item) => refusalOf(context, item) === undefined);
  return {
    signal: context.signal,
    async stillAllowed() {
      await context.values.get(askAgainKey)();
      for (const item of allowed) accessOf(context).admit(item);
    },
  };
};
