import { accessOf } from "../context.ts";
import { fromProvider, toConfidence } from "../convert/provider.ts";
import type { BrokerRpc } from "./rpc.ts";

export const listProviders: BrokerRpc<"listProviders"> =
  ({ registrations }) =>
  async (
    { namespace, pageSize, pageToken, query, category, confidences, activeOnly, loginOnly },
    context,
  ) => {
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
    const { sees } = accessOf(context);
    const visible = page.providers.filter(({ name }) => sees({ provider: name }));
    return { providers: visible.map(fromProvider), nextPageToken: page.nextPageToken };
  };
