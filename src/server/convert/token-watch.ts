import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { WatchTokenRequest, WatchTokenResponseSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError, invalidField } from "../../errors.ts";
import type { TokenAnswer } from "../../tokens/index.ts";
import type { StreamOptions, TokenWatch } from "../../watching/index.ts";
import { askAgainKey } from "../context.ts";
import type { RpcDeps } from "../rpc/rpc.ts";
import { admitTokenRequest } from "./token-request.ts";
import { fromTokenAnswer } from "./token-result.ts";

/** A watch; or in its place what is wrong with it, or what the policy refuses it with. */
export interface AdmittedWatch {
  readonly watch: TokenWatch | BrokerError;
  /** Asks again whether it may be watched. @throws BrokerError. */
  readonly askAgain: () => void;
  readonly judge: (answer: TokenAnswer) => TokenAnswer;
}

export const admitWatch = (
  deps: Pick<RpcDeps, "check">,
  context: HandlerContext,
  { request, sinceRevision }: WatchTokenRequest,
): AdmittedWatch => {
  try {
    if (request === undefined) throw invalidField("request", "is required");
    const admitted = admitTokenRequest(deps, context, request);
    return {
      watch: { request: admitted.request, sinceRevision },
      askAgain: () => void admitTokenRequest(deps, context, request),
      judge: admitted.judge,
    };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { watch: error, askAgain: () => {}, judge: (answer) => answer };
  }
};

export const fromTokenState = (
  { logger }: Pick<RpcDeps, "logger">,
  context: HandlerContext,
  answer: TokenAnswer,
): MessageInitShape<typeof WatchTokenResponseSchema> => ({
  revision: answer.revision,
  result: fromTokenAnswer(answer, context, logger),
});

/** A stream lasts until its caller goes, and as long as the gate would let it in and the policy allows all that it is about. */
export const streamOptions = (
  { signal, values }: HandlerContext,
  watches: readonly AdmittedWatch[] = [],
): StreamOptions => ({
  signal,
  async stillAllowed() {
    await values.get(askAgainKey)();
    for (const { askAgain } of watches) askAgain();
  },
});
