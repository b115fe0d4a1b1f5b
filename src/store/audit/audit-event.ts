/** What happened, who caused it, to whose grant, and how it ended. Never a secret, a token, a code or a state; empty = unknown, or none. */
export interface NewAuditEvent {
  /** Empty = the call was refused before its body was read, or it concerns no namespace. */
  readonly namespace: string;
  /** The workload that called; of a callback, the one that started the flow. */
  readonly caller: string;
  /** The person that the workload proved to act for. */
  readonly subject: string;
  /** An RPC's name, or one of the events that no RPC causes. */
  readonly method: string;
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
  /** Host, and port if it has one; a URL's path may hold a secret. */
  readonly mcpServer: string;
  /** Of the access token that was handed out or stored; 0 = none was. */
  readonly version: bigint;
  /** `OK`, or the reason of the refusal. */
  readonly outcome: string;
  /** The rule of the policy that decided. */
  readonly rule: string;
  readonly requestId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditEvent extends NewAuditEvent {
  readonly id: bigint;
  readonly at: Date;
}

/** Each that is set must hold. */
export interface AuditFilter {
  /** "" = events without a namespace. */
  readonly namespace: string;
  readonly userId?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly caller?: string | undefined;
  readonly method?: string | undefined;
  readonly provider?: string | undefined;
  readonly outcome?: string | undefined;
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly until?: Date | undefined;
}

export interface AuditPage {
  readonly events: readonly AuditEvent[];
  /** undefined = this was the last page. */
  readonly nextBefore: bigint | undefined;
}

/** The audit table. It is only ever added to; what is older than its retention is deleted. */
export interface AuditEventRepository {
  /** All of them in one statement. @throws BrokerError STORE_UNAVAILABLE. */
  append(events: readonly NewAuditEvent[]): Promise<void>;
  /** Newest first. `before` goes on after a page. */
  list(
    filter: AuditFilter,
    page: { readonly size: number; readonly before?: bigint | undefined },
  ): Promise<AuditPage>;
  /** Forgets what is older. Answers how many; call again while it is `limit`. */
  deleteOld(keepDays: number, limit: number): Promise<number>;
}
