import { remainingMs } from "../context.ts";
import { fromConnection } from "../convert/connection.ts";
import { toGrant } from "../convert/grant.ts";
import type { BrokerRpc } from "./rpc.ts";

export const refreshToken: BrokerRpc<"refreshToken"> =
  ({ tokens }) =>
  async (request, context) => {
    const { version, tokenName } = request;
    const options = { signal: context.signal, deadlineMs: remainingMs(context) };
    return {
      connection: fromConnection(
        await tokens.refreshToken({ ...toGrant(request), version, tokenName }, options),
      ),
    };
  };
