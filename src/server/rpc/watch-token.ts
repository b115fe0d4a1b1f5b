import { BrokerError } from "../../errors.ts";
import { admitWatch, fromTokenState, streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

/** What the policy refuses is a state of the token, as what is not there is: a stream that ended by it would tell the two apart. */
export const watchToken: BrokerRpc<"watchToken"> = (deps) =>
  async function* (request, context) {
    const admitted = admitWatch(deps, context, request);
    const isRefused = admitted instanceof BrokerError;
    if (isRefused && admitted.code === "INVALID_REQUEST") throw admitted;
    const watch = isRefused ? admitted : admitted.watch;
    const options = streamOptions(context, isRefused ? [] : [admitted]);
    for await (const event of deps.watching.watchTokens([watch], options)) {
      if (event.kind === "heartbeat") yield {};
      else yield fromTokenState(deps, context, isRefused ? event.answer : admitted.judge(event.answer));
    }
  };
