import type { GetTokenRequest as Message } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { GetTokenRequest } from "../../tokens/index.ts";
import { toGrant } from "./grant.ts";
import { toMs } from "./token.ts";

export const toTokenRequest = (message: Message): GetTokenRequest => ({
  ...toGrant(message),
  minTtlMs: toMs(message.minTtl),
  requiredScopes: message.requiredScopes,
  rejectedVersion: message.rejectedVersion === 0n ? undefined : message.rejectedVersion,
  tokenName: message.tokenName,
});
