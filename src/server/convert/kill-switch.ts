import type { ConnectionFilter } from "../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { invalidField } from "../../errors.ts";
import type { KillSwitchRequest } from "../../tokens/index.ts";

export interface SwitchFields {
  readonly filter?: ConnectionFilter | undefined;
  readonly dryRun: boolean;
}

export const toKillSwitch = (
  action: KillSwitchRequest["action"],
  { filter, dryRun }: SwitchFields,
): KillSwitchRequest => {
  if (filter === undefined) throw invalidField("filter", "is required");
  const { namespace, provider, mcpServerHost, userId, caller, wholeNamespace } = filter;
  return { action, namespace, provider, mcpServerHost, userId, callerId: caller, wholeNamespace, dryRun };
};
