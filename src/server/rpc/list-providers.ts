import { fromProvider } from "../convert/provider.ts";
import type { BrokerRpc } from "./rpc.ts";

export const listProviders: BrokerRpc<"listProviders"> =
  ({ registrations }) =>
  async ({ namespace, pageSize, pageToken, activeOnly }) => {
    const page = await registrations.list({ namespace, pageSize, pageToken, activeOnly });
    return { providers: page.providers.map(fromProvider), nextPageToken: page.nextPageToken };
  };
