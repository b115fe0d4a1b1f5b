import { remainingMs } from "../context.ts";
import { toKillSwitch } from "../convert/kill-switch.ts";
import type { AdminRpc } from "./rpc.ts";

export const blockConnections: AdminRpc<"blockConnections"> =
  ({ tokens }) =>
  (request, context) =>
    tokens.switchConnections(toKillSwitch({ kind: "block" }, request), {
      signal: context.signal,
      deadlineMs: remainingMs(context),
    });
