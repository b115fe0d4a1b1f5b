import { fromTokenState, streamOptions, toTokenWatch } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

export const watchToken: BrokerRpc<"watchToken"> = (deps) =>
  async function* (request, context) {
    const watch = toTokenWatch(deps, request);
    for await (const event of deps.watching.watchTokens([watch], streamOptions(context)))
      yield event.kind === "heartbeat" ? {} : fromTokenState(deps, context, event.answer);
  };
