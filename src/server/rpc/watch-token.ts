import { BrokerError } from "../../errors.ts";
import { admitWatch, fromTokenState, streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

/** What the policy refuses is a state of the token, as what is not there is: a stream that ended by it would tell the two apart. */
export const watchToken: BrokerRpc<"watchToken"> = (deps) =>
  async function* (request, context) {
    const admitted = admitWatch(deps, context, request);
    const { watch, judge } = admitted;
    if (watch instanceof BrokerError && watch.code === "INVALID_REQUEST") throw watch;
    for await (const event of deps.watching.watchTokens([watch], streamOptions(context, [admitted])))
      yield event.kind === "heartbeat" ? {} : fromTokenState(deps, context, judge(event.answer));
  };
