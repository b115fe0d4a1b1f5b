import { AuthorizationStatus } from "../../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import type { AuthorizationView } from "../../authorization-flow/index.ts";
import { BrokerError } from "../../errors.ts";
import type { ConnectionView, TokenManager } from "../../tokens/index.ts";
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
  async ({ authorizationId, namespace }) => {
    const { status, grant } = await authorizations.get({ authorizationId, namespace });
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
