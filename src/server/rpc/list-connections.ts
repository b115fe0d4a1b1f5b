import { fromConnection, toStatuses } from "../convert/connection.ts";
import { toDate } from "../convert/timestamp.ts";
import type { BrokerRpc } from "./rpc.ts";

export const listConnections: BrokerRpc<"listConnections"> =
  ({ tokens }) =>
  async (request) => {
    const page = await tokens.listConnections({
      namespace: request.namespace,
      pageSize: request.pageSize,
      pageToken: request.pageToken,
      userId: request.userId,
      provider: request.provider,
      mcpServerUrl: request.mcpServerUrl,
      statuses: toStatuses(request.statuses),
      labels: request.labels,
      expiresBefore: toDate("expires_before", request.expiresBefore),
    });
    return { connections: page.connections.map(fromConnection), nextPageToken: page.nextPageToken };
  };
