import { type GetTokenRequest, WatchTokensRequestSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import type { TokenWatch } from "../../watching/index.ts";
import { fromTokenState, streamOptions, toTokenWatch } from "../convert/token-watch.ts";
import type { BrokerRpc } from "./rpc.ts";

interface Entry {
  /** Undefined: malformed. */
  readonly asked: GetTokenRequest | undefined;
  readonly watch: TokenWatch | BrokerError;
}

export const watchTokens: BrokerRpc<"watchTokens"> = (deps) =>
  async function* (request, context) {
    deps.check(WatchTokensRequestSchema, request);
    const entries = request.watches.map((watch) => entryOf(() => toTokenWatch(deps, context, watch)));
    const watches = entries.map(({ watch }) => watch);
    const asked = entries.flatMap((entry) => entry.asked ?? []);
    for await (const event of deps.watching.watchTokens(watches, streamOptions(context, asked)))
      yield event.kind === "heartbeat"
        ? {}
        : {
            index: event.index,
            event: fromTokenState(deps, context, entries[event.index]?.asked, event.answer),
          };
  };

const entryOf = (read: () => Entry): Entry => {
  try {
    return read();
  } catch (error) {
    if (error instanceof BrokerError) return { asked: undefined, watch: error };
    throw error;
  }
};
