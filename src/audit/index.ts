/**
 * The record of who got which token of whom, and of every administrative act. Owns its form, where it goes, and what happens when it cannot be written.
 * Does not own what happened (`server/` and the callback say that) nor the table's statements (`store/`).
 *
 * Laws:
 * - A record is written before the answer it tells of leaves this process.
 * - It names people and grants, and never holds a secret, a token, a code or a state: its fields are a closed list.
 * - A sink that must not fail stops what it cannot record; it never loses a record in silence.
 */
export { type Audit, type AuditDeps, createAudit } from "./audit.ts";
export { callbackRecord, type CallbackFacts } from "./callback-record.ts";
export type { AuditEventPage, ListAuditEventsRequest } from "./list-audit-events.ts";
export type { AuditEvent as StoredAuditEvent } from "../store/index.ts";
export { type AuditRecord, emptyRecord } from "./record.ts";
