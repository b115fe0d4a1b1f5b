import type { AdminRpc } from "./rpc.ts";

export const deleteOAuthClient: AdminRpc<"deleteOAuthClient"> =
  ({ oauthClients }) =>
  async ({ namespace, id, force }) => {
    await oauthClients.remove({ namespace, id, force });
    return {};
  };
