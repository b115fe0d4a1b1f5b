import type { AuditRecord } from "./record.ts";

/** One line for a log collector: the fields of the table by the same names, empty ones left out. `audit: true` tells it from the log's own lines. */
export const jsonLine = (record: AuditRecord, now: Date): string => {
  const { details, version, ...texts } = record;
  const known = Object.entries(texts)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => [snakeCase(name), value]);
  const line = {
    level: "info",
    time: now.toISOString(),
    event: "audit",
    audit: true,
    ...Object.fromEntries(known),
    ...(version > 0n && { version: String(version) }),
    ...(Object.keys(details).length > 0 && { details }),
  };
  return `${JSON.stringify(line)}\n`;
};

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
