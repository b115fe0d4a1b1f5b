import { fromOAuthClient } from "../convert/oauth-client.ts";
import type { AdminRpc } from "./rpc.ts";

export const listOAuthClients: AdminRpc<"listOAuthClients"> =
  ({ oauthClients }) =>
  async ({ namespace, pageSize, pageToken, all }) => {
    const page = await oauthClients.list({ namespace, pageSize, pageToken, all });
    return { clients: page.clients.map(fromOAuthClient), nextPageToken: page.nextPageToken };
  };
