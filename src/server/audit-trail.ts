import { createContextKey } from "@connectrpc/connect";

/** What a call leaves for its audit record on its way. */
export interface AuditTrail {
  isRecorded: boolean;
  /** How it ended before its message was read: a `BrokerErrorCode`. */
  refusal?: string;
  /** The rule of the policy that decided. */
  rule?: string;
  /** The condition that no rule of the policy fulfils. */
  denied?: string;
  /** What the messages do not tell. Never a secret. */
  details?: Readonly<Record<string, unknown>>;
}

/** One object for each call, set where the call begins. */
export const auditTrailKey = createContextKey<AuditTrail>({ isRecorded: false });
