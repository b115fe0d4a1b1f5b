import { BrokerError } from "../errors.ts";
import { namespaceOf, parseUuid } from "../registrations/index.ts";
import { authorizationStatus, type AuthorizationStatus, type Grant } from "../store/index.ts";
import { interruptedAfterSeconds } from "./interruption.ts";
import type { AuthorizationFlowOptions } from "./options.ts";

export interface GetRequest {
  readonly authorizationId: string;
  readonly namespace?: string | undefined;
}

/** How a flow stands. */
export interface AuthorizationView {
  /** `failed` says why: a `BrokerErrorCode`. */
  readonly status: AuthorizationStatus;
  /** The grant the flow is for; a connection exists once `status` is `succeeded`. */
  readonly grant: Grant;
}

export const createGet =
  ({ authorizations, settings }: AuthorizationFlowOptions) =>
  async (request: GetRequest): Promise<AuthorizationView> => {
    const namespace = namespaceOf(request.namespace);
    const id = parseUuid("authorization_id", request.authorizationId);
    const row = await authorizations.get(namespace, id);
    if (row?.purpose !== "connect") {
      throw new BrokerError(
        "AUTHORIZATION_NOT_FOUND",
        "authorization_id: unknown in this namespace, or forgotten some time after it expired",
      );
    }
    const { connectionId, userId, provider, mcpServerUrl } = row;
    return {
      status: authorizationStatus(row, { interruptedAfterSeconds: interruptedAfterSeconds(settings) }),
      grant: { namespace, connectionId, userId, provider, mcpServerUrl },
    };
  };
