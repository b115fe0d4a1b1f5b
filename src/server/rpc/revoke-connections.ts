import { remainingMs } from "../context.ts";
import { toKillSwitch } from "../convert/kill-switch.ts";
import type { AdminRpc } from "./rpc.ts";

export const revokeConnections: AdminRpc<"revokeConnections"> =
  ({ tokens }) =>
  (request, context) =>
    tokens.switchConnections(toKillSwitch({ kind: "revoke", queue: !request.hereOnly }, request), {
      signal: context.signal,
      deadlineMs: remainingMs(context),
    });
