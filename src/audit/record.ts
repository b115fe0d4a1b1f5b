import type { NewAuditEvent } from "../store/index.ts";

/** One event, as both sinks keep it. */
export type AuditRecord = NewAuditEvent;

/** An event of which nothing but its name is known. */
export const emptyRecord = (method: string): AuditRecord => ({
  namespace: "",
  caller: "",
  subject: "",
  method,
  connectionId: "",
  userId: "",
  provider: "",
  mcpServer: "",
  version: 0n,
  outcome: "OK",
  rule: "",
  requestId: "",
  details: {},
});

/** As long as the longest text that the contract accepts in a field that is recorded. */
const MAX_LENGTH = 2048;

/**
 * A refused call may hold anything: every text is cut, and without what no database keeps (U+0000, half of a surrogate pair). One record that cannot be
 * stored would keep all those of its batch out.
 */
export const storable = (record: AuditRecord): AuditRecord => clean(record) as AuditRecord;

const isStorable = (text: string): boolean =>
  text.length <= MAX_LENGTH && !text.includes("\0") && text.isWellFormed();

const storableText = (text: string): string =>
  text.slice(0, MAX_LENGTH).replaceAll("\0", "\ufffd").toWellFormed();

const clean = (value: unknown): unknown => {
  if (typeof value === "string") return isStorable(value) ? value : storableText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]));
};
