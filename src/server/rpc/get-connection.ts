import { fromConnection } from "../convert/connection.ts";
import { toGrant } from "../convert/grant.ts";
import type { BrokerRpc } from "./rpc.ts";

export const getConnection: BrokerRpc<"getConnection"> =
  ({ tokens }) =>
  async (request) => ({ connection: fromConnection(await tokens.getConnection(toGrant(request))) });
