import type { AuditRecord } from "./record.ts";

/** As the table's columns are called. */
const NAMES = [
  ["namespace", "namespace"],
  ["caller", "caller"],
  ["subject", "subject"],
  ["method", "method"],
  ["connection_id", "connectionId"],
  ["user_id", "userId"],
  ["provider", "provider"],
  ["mcp_server", "mcpServer"],
  ["outcome", "outcome"],
  ["rule", "rule"],
  ["request_id", "requestId"],
] as const satisfies readonly (readonly [string, keyof AuditRecord])[];

/** One line for a log collector; empty fields are left out. `audit: true` tells it from the log's own lines. */
export const jsonLine = (record: AuditRecord, now: Date): string => {
  const line: Record<string, unknown> = {
    level: "info",
    time: now.toISOString(),
    event: "audit",
    audit: true,
  };
  for (const [name, field] of NAMES) if (record[field] !== "") line[name] = record[field];
  if (record.version > 0n) line["version"] = String(record.version);
  if (Object.keys(record.details).length > 0) line["details"] = record.details;
  return `${JSON.stringify(line)}\n`;
};
