import { closeSync, openSync, statSync, fstatSync, writeSync } from "node:fs";
import { type Clock, MILLISECOND, SECOND, systemClock } from "../time.ts";

/** Writes whole lines; a line that was written is with the operating system when it returns. @throws the system's error. */
export type WriteLine = (line: string) => void;

const STANDARD_OUTPUT = 1;

export const writeToStandardOutput: WriteLine = (line) => writeAll(STANDARD_OUTPUT, Buffer.from(line));

const LOOK_EVERY_MS = 1 * SECOND;
const OWNER_ONLY = 0o600;

/** Appends to a file, and to a new one of the same path within a second after the old one was moved away (logrotate). */
export const appendToFile = (path: string, clock: Clock = systemClock): WriteLine => {
  let file: number | undefined;
  let lookedAtMs = clock.monotonicMs();
  return (line) => {
    const nowMs = clock.monotonicMs();
    if (file !== undefined && nowMs - lookedAtMs >= LOOK_EVERY_MS) {
      lookedAtMs = nowMs;
      if (!isAt(path, file)) {
        closeSync(file);
        file = undefined;
      }
    }
    file ??= openSync(path, "a", OWNER_ONLY);
    writeAll(file, Buffer.from(line));
  };
};

const isAt = (path: string, file: number): boolean => {
  const there = statSync(path, { throwIfNoEntry: false });
  const open = fstatSync(file);
  return there?.ino === open.ino && there.dev === open.dev;
};

/** A pipe whose reader is slow, in a process that made it non-blocking, is waited for so long; everything else waits meanwhile, as it does for a blocking pipe. */
const PATIENCE_MS = 250 * MILLISECOND;
const NAP_MS = 5 * MILLISECOND;

const writeAll = (file: number, bytes: Buffer): void => {
  const endMs = systemClock.monotonicMs() + PATIENCE_MS;
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(file, bytes, written);
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull || systemClock.monotonicMs() > endMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS);
    }
  }
};
