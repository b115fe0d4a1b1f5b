import { WatchTokensRequestSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { admitWatch, fromTokenState, streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

export const watchTokens: BrokerRpc<"watchTokens"> = (deps) =>
  async function* (request, context) {
    deps.check(WatchTokensRequestSchema, request);
    const admitted = request.watches.map((watch) => admitWatch(deps, context, watch));
    const watches = admitted.map(({ watch }) => watch);
    for await (const event of deps.watching.watchTokens(watches, streamOptions(context, admitted))) {
      if (event.kind === "heartbeat") {
        yield {};
        continue;
      }
      const { index, answer } = event;
      yield { index, event: fromTokenState(deps, context, admitted[index]?.judge(answer) ?? answer) };
    }
  };
