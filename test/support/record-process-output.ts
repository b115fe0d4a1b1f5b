import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { inspect } from "node:util";

const STANDARD_DESCRIPTORS = new Set<unknown>([1, 2]);
const CONSOLE_METHODS = ["log", "info", "warn", "error", "debug", "trace", "dir", "table"] as const;

/**
 * Hands everything this process prints to `record`: the console (which vitest replaces), the standard streams, and writes to their
 * descriptors, which is how pino prints.
 */
export function recordProcessOutput(record: (text: string) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    intercept(stream, "write", ([chunk]) => record(textOf(chunk)));
  }
  for (const method of CONSOLE_METHODS) {
    intercept(console, method, (values) => record(values.map(textOf).join(" ")));
  }
  for (const method of ["write", "writeSync"] as const) {
    intercept(fs, method, ([descriptor, data]) => {
      if (STANDARD_DESCRIPTORS.has(descriptor)) {
        record(textOf(data));
      }
    });
  }
  syncBuiltinESMExports();
}

/** Puts `before` in front of a method and leaves its behaviour alone. */
function intercept<Name extends string>(
  owner: Record<Name, (...values: never[]) => unknown>,
  name: Name,
  before: (values: unknown[]) => void,
): void {
  const original = owner[name];
  owner[name] = function intercepted(this: unknown, ...values: never[]) {
    before(values);
    return original.apply(this, values);
  };
}

function textOf(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString() : inspect(value, { depth: 10 });
}
