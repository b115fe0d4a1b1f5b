import type { HandlerContext } from "@connectrpc/connect";
import { type WatchTokenRequest, WatchTokensRequestSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import { type AdmittedWatch, admitWatch, fromTokenState, streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc, RpcDeps } from "./rpc.ts";

export const watchTokens: BrokerRpc<"watchTokens"> = (deps) =>
  async function* (request, context) {
    deps.check(WatchTokensRequestSchema, request);
    const watches = request.watches.map((watch) => admit(deps, context, watch));
    const admitted = watches.flatMap((watch) => (watch instanceof BrokerError ? [] : [watch]));
    const asked = watches.map((watch) => (watch instanceof BrokerError ? watch : watch.watch));
    for await (const event of deps.watching.watchTokens(asked, streamOptions(context, admitted))) {
      if (event.kind === "heartbeat") {
        yield {};
        continue;
      }
      const { index, answer } = event;
      const watch = watches[index];
      const judged = watch && !(watch instanceof BrokerError) ? watch.judge(answer) : answer;
      yield { index, event: fromTokenState(deps, context, judged) };
    }
  };

/** The watch, or the error in its place. */
const admit = (
  deps: RpcDeps,
  context: HandlerContext,
  watch: WatchTokenRequest,
): AdmittedWatch | BrokerError => {
  try {
    return admitWatch(deps, context, watch);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
};
