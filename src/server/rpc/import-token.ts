import { callerOf } from "../context.ts";
import { fromConnection } from "../convert/connection.ts";
import { toGrant } from "../convert/grant.ts";
import { toDate } from "../convert/timestamp.ts";
import type { BrokerRpc } from "./rpc.ts";

export const importToken: BrokerRpc<"importToken"> =
  ({ tokens }) =>
  async (request, context) => {
    const connection = await tokens.importToken({
      ...toGrant(request),
      accessToken: request.accessToken,
      refreshToken: request.refreshToken,
      tokenType: request.tokenType,
      expiresAt: toDate("expires_at", request.expiresAt),
      refreshExpiresAt: toDate("refresh_expires_at", request.refreshExpiresAt),
      scopes: request.scopes,
      providerMetadata: request.providerMetadata,
      providerConfig: request.providerConfig,
      labels: Object.keys(request.labels).length > 0 ? request.labels : undefined,
      replaceVersion: request.replaceVersion,
      verify: request.verify,
      callerId: callerOf(context).id,
    });
    return { connection: fromConnection(connection) };
  };
