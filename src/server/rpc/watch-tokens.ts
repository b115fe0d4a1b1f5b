import { WatchTokensRequestSchema, type WatchTokenRequest } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import type { TokenWatch } from "../../watching/index.ts";
import { fromTokenState, streamOptions, toTokenWatch } from "../convert/token-watch.ts";
import type { BrokerRpc, RpcDeps } from "./rpc.ts";

export const watchTokens: BrokerRpc<"watchTokens"> = (deps) =>
  async function* (request, context) {
    deps.check(WatchTokensRequestSchema, request);
    const watches = request.watches.map((watch) => watchOrProblem(deps, watch));
    for await (const event of deps.watching.watchTokens(watches, streamOptions(context)))
      yield event.kind === "heartbeat"
        ? {}
        : { index: event.index, event: fromTokenState(deps, context, event.answer) };
  };

const watchOrProblem = (deps: RpcDeps, watch: WatchTokenRequest): TokenWatch | BrokerError => {
  try {
    return toTokenWatch(deps, watch);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
};
