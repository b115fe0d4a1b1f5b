import { remainingMs } from "../context.ts";
import { toKillSwitch } from "../convert/kill-switch.ts";
import type { AdminRpc } from "./rpc.ts";

export const unblockConnections: AdminRpc<"unblockConnections"> =
  ({ tokens }) =>
  (request, context) =>
    tokens.switchConnections(toKillSwitch({ kind: "unblock" }, request), {
      signal: context.signal,
      deadlineMs: remainingMs(context),
    });
