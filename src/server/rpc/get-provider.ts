import { fromProvider } from "../convert/provider.ts";
import type { BrokerRpc } from "./rpc.ts";

export const getProvider: BrokerRpc<"getProvider"> =
  ({ registrations }) =>
  async ({ namespace, name }) => ({ provider: fromProvider(await registrations.get({ namespace, name })) });
