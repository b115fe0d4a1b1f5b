import { fromProviderCheck } from "../convert/provider-check.ts";
import type { BrokerRpc } from "./rpc.ts";

export const verifyProvider: BrokerRpc<"verifyProvider"> =
  ({ verification }) =>
  async ({ namespace, name, providerConfig }) => {
    const { ok, callbackUrl, loginCallbackUrl, checks } = await verification.verify({
      namespace,
      name,
      providerConfig,
    });
    return { ok, callbackUrl, loginCallbackUrl, checks: checks.map(fromProviderCheck) };
  };
