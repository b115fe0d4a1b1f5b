import { remainingMs } from "../context.ts";
import { toTokenRequest } from "../convert/token-request.ts";
import { fromToken } from "../convert/token.ts";
import type { BrokerRpc } from "./rpc.ts";

export const getToken: BrokerRpc<"getToken"> =
  ({ tokens }) =>
  async (request, context) =>
    fromToken(
      await tokens.getToken(toTokenRequest(request), {
        signal: context.signal,
        deadlineMs: remainingMs(context),
      }),
    );
