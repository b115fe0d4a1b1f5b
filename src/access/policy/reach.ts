import type { AccessTarget } from "./decide.ts";

/** They work on all connections that fit: what their request leaves open they do to everything, so it must be allowed for everything. */
const BULK_METHODS: ReadonlySet<string> = new Set([
  "BlockConnections",
  "UnblockConnections",
  "RevokeConnections",
  "ListAuditEvents",
]);

/** They are about no namespace. */
const WHOLE_BROKER_METHODS: ReadonlySet<string> = new Set(["RotateKeys", "GetKeyStatus"]);

/** What a call of this method reaches, where its request says no more than `target`. */
export const reachOf = (method: string, target: AccessTarget): AccessTarget => {
  if (BULK_METHODS.has(method)) return { ...target, isBulk: true };
  return WHOLE_BROKER_METHODS.has(method) ? { ...target, namespace: undefined } : target;
};
