import { closeSync, openSync, writeSync } from "node:fs";
import type { LogEntry, NewLogEntry } from "./log-entry.ts";
import { readLog } from "./read-log.ts";

export interface LogOptions {
  /** Appended to, one JSON object a line (NDJSON). Default: none. */
  readonly file?: string | undefined;
  /** Keeps the entries in memory. Default true; false for runs of hours, where the file is read instead. */
  readonly inMemory?: boolean | undefined;
}

/**
 * Append-only: an entry is never changed or taken back. The file is written every 50 ms or 64 KiB and is complete after `close`, and when the process
 * exits in any way but a crash or SIGKILL.
 */
export interface ProviderLog {
  append(entry: NewLogEntry): void;
  /** So far, in the order they ended. From a file: of all runs that appended to it. */
  readonly entries: readonly LogEntry[];
  readonly file: string | undefined;
  close(): void;
}

const FLUSH_EVERY_MS = 50;
const FLUSH_BYTES = 64 * 1024;

export const createLog = ({ file, inMemory = true }: LogOptions = {}): ProviderLog => {
  const entries: LogEntry[] = [];
  const writer = file === undefined ? undefined : createWriter(file);
  let seq = 0;
  return {
    append(entry) {
      seq += 1;
      const numbered: LogEntry = { seq, ...entry };
      if (inMemory) entries.push(numbered);
      writer?.write(`${JSON.stringify(numbered)}\n`);
    },
    get entries() {
      if (inMemory || file === undefined) return entries;
      writer?.flush();
      return readLog(file);
    },
    file,
    close: () => writer?.close(),
  };
};

/** Writes synchronously: into the page cache, in tens of microseconds, and nothing is left over for an exit to lose. */
const createWriter = (file: string) => {
  const descriptor = openSync(file, "a");
  let pending = "";
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (pending !== "") writeAll(descriptor, Buffer.from(pending));
    pending = "";
  };

  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off("exit", close);
    flush();
    closeSync(descriptor);
  };
  process.on("exit", close);

  return {
    write(line: string) {
      if (!isOpen) return;
      pending += line;
      if (pending.length >= FLUSH_BYTES) flush();
      else timer ??= setTimeout(flush, FLUSH_EVERY_MS).unref();
    },
    flush,
    close,
  };
};

const writeAll = (descriptor: number, bytes: Buffer): void => {
  for (let start = 0; start < bytes.length;) start += writeSync(descriptor, bytes, start);
};
