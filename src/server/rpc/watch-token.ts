import { fromTokenState, streamOptions, toTokenWatch } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

export const watchToken: BrokerRpc<"watchToken"> = (deps) =>
  async function* (request, context) {
    const { asked, watch } = toTokenWatch(deps, context, request);
    for await (const event of deps.watching.watchTokens([watch], streamOptions(context, [asked])))
      yield event.kind === "heartbeat" ? {} : fromTokenState(deps, context, asked, event.answer);
  };
