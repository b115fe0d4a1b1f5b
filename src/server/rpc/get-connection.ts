import { fromConnection } from "../convert/connection.ts";
import { toGrant } from "../convert/grant.ts";
import type { BrokerRpc } from "./rpc.ts";

export const getConnection: BrokerRpc<"getConnection"> =
  ({ tokens }) =>
  async (request) => {
    const details = await tokens.getConnection(toGrant(request));
    return { connection: fromConnection(details), tokenNames: [...details.tokenNames] };
  };
