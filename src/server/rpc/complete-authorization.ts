import { callerOf } from "../context.ts";
import { fromConnection } from "../convert/connection.ts";
import type { BrokerRpc } from "./rpc.ts";

export const completeAuthorization: BrokerRpc<"completeAuthorization"> =
  ({ authorizations, tokens }) =>
  async ({ ticket, userId, namespace }, context) => {
    const callerId = callerOf(context).id;
    const grant = await authorizations.complete(
      { ticket, userId, namespace, callerId },
      { signal: context.signal },
    );
    return { connection: fromConnection(await tokens.getConnection(grant)) };
  };
