import { type AuditRecord, emptyRecord } from "./record.ts";

/** A provider's answer, and the flow that it ended. */
export interface CallbackFacts {
  readonly row: {
    readonly id: string;
    readonly namespace: string;
    readonly purpose: "connect" | "login";
    readonly connectionId: string;
    readonly userId: string;
    readonly provider: string;
    readonly mcpServerUrl: string;
    readonly callerId: string;
  };
  readonly outcome: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export const callbackRecord = ({ row, outcome, details }: CallbackFacts): AuditRecord => ({
  ...emptyRecord(row.purpose === "login" ? "LoginCallback" : "AuthorizationCallback"),
  namespace: row.namespace,
  caller: row.callerId,
  connectionId: row.connectionId,
  userId: row.userId,
  provider: row.provider,
  mcpServer: URL.canParse(row.mcpServerUrl) ? new URL(row.mcpServerUrl).host : "",
  outcome,
  details: { authorization_id: row.id, ...details },
});
