import { BrokerError } from "../../errors.ts";
import { admitWatch, type AdmittedWatch, fromTokenState, streamOptions } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

export const watchToken: BrokerRpc<"watchToken"> = (deps) =>
  async function* (request, context) {
    const admitted = orRefusal(() => admitWatch(deps, context, request));
    const isRefused = admitted instanceof BrokerError;
    const options = streamOptions(context, isRefused ? [] : [admitted]);
    for await (const event of deps.watching.watchTokens([isRefused ? admitted : admitted.watch], options)) {
      if (event.kind === "heartbeat") yield {};
      else yield fromTokenState(deps, context, isRefused ? event.answer : admitted.judge(event.answer));
    }
  };

/** What the caller may not see looks as what is not there does: a state, and not the end of the stream. */
const orRefusal = (admit: () => AdmittedWatch): AdmittedWatch | BrokerError => {
  try {
    return admit();
  } catch (error) {
    if (error instanceof BrokerError && error.code !== "INVALID_REQUEST") return error;
    throw error;
  }
};
