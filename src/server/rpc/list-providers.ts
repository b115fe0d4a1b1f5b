import { fromProvider, toConfidence } from "../convert/provider.ts";
import type { BrokerRpc } from "./rpc.ts";

export const listProviders: BrokerRpc<"listProviders"> =
  ({ registrations }) =>
  async ({ namespace, pageSize, pageToken, query, category, confidences, activeOnly, loginOnly }) => {
    const page = await registrations.list({
      namespace,
      pageSize,
      pageToken,
      query,
      category,
      confidences: confidences.map(toConfidence),
      activeOnly,
      loginOnly,
    });
    return { providers: page.providers.map(fromProvider), nextPageToken: page.nextPageToken };
  };
