import { remainingMs } from "../context.ts";
import { toGrant } from "../convert/grant.ts";
import { fromToken, toMs } from "../convert/token.ts";
import type { BrokerRpc } from "./rpc.ts";

export const getToken: BrokerRpc<"getToken"> =
  ({ tokens }) =>
  async (request, context) =>
    fromToken(
      await tokens.getToken(
        {
          ...toGrant(request),
          minTtlMs: toMs(request.minTtl),
          requiredScopes: request.requiredScopes,
          rejectedVersion: request.rejectedVersion === 0n ? undefined : request.rejectedVersion,
          tokenName: request.tokenName,
        },
        { signal: context.signal, deadlineMs: remainingMs(context) },
      ),
    );
