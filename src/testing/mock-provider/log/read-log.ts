import { readFileSync } from "node:fs";
import type { LogEntry } from "./log-entry.ts";

/** The entries of a log file, in their order. A last line that a kill cut short is left out; any other that is no entry throws with its number. */
export const readLog = (file: string): LogEntry[] => parseLog(readFileSync(file, "utf8"));

export const parseLog = (text: string): LogEntry[] => {
  const lines = text.split("\n");
  lines.pop();
  return lines.map((line, index) => parseLine(line, index + 1));
};

const KINDS: ReadonlySet<unknown> = new Set<LogEntry["kind"]>(["token", "revoke", "grant", "end", "control"]);

const parseLine = (line: string, number: number): LogEntry => {
  const entry = parseJson(line) as LogEntry | undefined;
  if (entry !== undefined && KINDS.has(entry?.kind)) return entry;
  throw new Error(`line ${number} is no entry of a provider's log`);
};

const parseJson = (line: string): unknown => {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
};
