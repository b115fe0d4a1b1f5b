import { admitWatch, fromTokenState, streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

export const watchToken: BrokerRpc<"watchToken"> = (deps) =>
  async function* (request, context) {
    const admitted = admitWatch(deps, context, request);
    const options = streamOptions(context, [admitted]);
    for await (const event of deps.watching.watchTokens([admitted.watch], options))
      yield event.kind === "heartbeat" ? {} : fromTokenState(deps, context, admitted.judge(event.answer));
  };
