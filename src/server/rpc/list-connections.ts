import { providerTarget } from "../../access/index.ts";
import { accessOf } from "../context.ts";
import { fromConnection, toStatuses } from "../convert/connection.ts";
import { toDate } from "../convert/timestamp.ts";
import type { BrokerRpc } from "./rpc.ts";

export const listConnections: BrokerRpc<"listConnections"> =
  ({ tokens }) =>
  async (request, context) => {
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
    const { sees } = accessOf(context);
    const visible = page.connections.filter(({ userId, provider, mcpServerUrl }) =>
      sees({ userId, ...providerTarget(provider, mcpServerUrl) }),
    );
    return { connections: visible.map(fromConnection), nextPageToken: page.nextPageToken };
  };
