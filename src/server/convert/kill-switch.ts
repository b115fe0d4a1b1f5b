import type { KillSwitchRequest } from "../../tokens/index.ts";

/** What the requests of all kill switches have in common. */
export interface SwitchFields extends Omit<KillSwitchRequest, "action" | "callerId"> {
  readonly caller: string;
}

export const toKillSwitch = (
  action: KillSwitchRequest["action"],
  { namespace, provider, mcpServerHost, userId, caller, wholeNamespace, dryRun }: SwitchFields,
): KillSwitchRequest => ({
  action,
  namespace,
  provider,
  mcpServerHost,
  userId,
  callerId: caller,
  wholeNamespace,
  dryRun,
});
