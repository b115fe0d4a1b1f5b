import { ProviderRevocation } from "../../../gen/ts/tokenbroker/v1/connection_pb.ts";
import type { ProviderRevocation as Revocation } from "../../tokens/index.ts";
import { toGrant } from "../convert/grant.ts";
import type { BrokerRpc } from "./rpc.ts";

const REVOCATION: Readonly<Record<Revocation, ProviderRevocation>> = {
  done: ProviderRevocation.DONE,
  queued: ProviderRevocation.QUEUED,
  not_supported: ProviderRevocation.NOT_SUPPORTED,
  skipped_shared: ProviderRevocation.SKIPPED_SHARED,
};

export const revokeConnection: BrokerRpc<"revokeConnection"> =
  ({ tokens }) =>
  async (request, { signal }) => {
    const { forceShared, allowMissing } = request;
    const outcome = await tokens.revokeConnection(
      { ...toGrant(request), forceShared, allowMissing },
      { signal },
    );
    return { providerRevocation: REVOCATION[outcome] };
  };
