import { AuthorizationStatus } from "../../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import { providerTarget } from "../../access/index.ts";
import type { AuthorizationView } from "../../authorization-flow/index.ts";
import { BrokerError } from "../../errors.ts";
import type { ConnectionView, TokenManager } from "../../tokens/index.ts";
import { absentError } from "../access/refusals.ts";
import { accessOf } from "../context.ts";
import { fromConnection } from "../convert/connection.ts";
import type { BrokerRpc } from "./rpc.ts";

const STATUS: Readonly<Record<AuthorizationView["status"]["status"], AuthorizationStatus>> = {
  pending: AuthorizationStatus.PENDING,
  awaiting_completion: AuthorizationStatus.AWAITING_COMPLETION,
  succeeded: AuthorizationStatus.SUCCEEDED,
  failed: AuthorizationStatus.FAILED,
  expired: AuthorizationStatus.EXPIRED,
};

export const getAuthorization: BrokerRpc<"getAuthorization"> =
  ({ authorizations, tokens }) =>
  async ({ authorizationId, namespace }, context) => {
    const { status, grant } = await authorizations.get({ authorizationId, namespace });
    const { userId, provider, mcpServerUrl } = grant;
    if (!accessOf(context).sees({ userId, ...providerTarget(provider, mcpServerUrl) }))
      throw absentError("authorization");
    const connection = status.status === "succeeded" ? await ifStillThere(tokens, grant) : undefined;
    return {
      status: STATUS[status.status],
      reason: status.status === "failed" ? status.reason : "",
      ...(connection && { connection: fromConnection(connection) }),
    };
  };

/** A grant may have been revoked since its authorization succeeded. */
const ifStillThere = async (
  tokens: TokenManager,
  grant: AuthorizationView["grant"],
): Promise<ConnectionView | undefined> => {
  try {
    return await tokens.getConnection(grant);
  } catch (error) {
    if (error instanceof BrokerError && error.code === "CONNECTION_NOT_FOUND") return undefined;
    throw error;
  }
};
