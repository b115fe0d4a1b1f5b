import type { BrokerRpc } from "./rpc.ts";

export const deleteProvider: BrokerRpc<"deleteProvider"> =
  ({ registrations }) =>
  async ({ namespace, name, force }) => {
    await registrations.remove({ namespace, name, force });
    return {};
  };
