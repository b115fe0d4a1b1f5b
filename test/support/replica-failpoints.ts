import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Store } from "../../src/store/index.ts";
import { onRequestSent } from "./replica-requests.ts";

/** Where a refresh can be stopped, in its order. */
export const FAILPOINTS = ["before claim", "after claim", "after send", "before save", "after save"] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

/** `kill`: the process ends by SIGKILL on the spot. `pause`: the refresh waits there for "resume"; not possible at "after send". */
export type FailpointAction = "kill" | "pause";

/** A line on standard input. An armed point acts once, the next time anything passes it. */
export type FailpointCommand =
  | { readonly arm: Failpoint; readonly action: FailpointAction }
  | { readonly resume: true };

/** The event of the log line that says that an armed point was reached: `point` says which, `monotonic_us` when by `CLOCK_MONOTONIC`. */
export const FAILPOINT_REACHED = "failpoint reached";

const STANDARD_OUTPUT = 1;

export const createFailpoints = () => {
  const armed = new Map<Failpoint, FailpointAction>();
  let resumed = Promise.withResolvers<void>();

  const pass = (point: Failpoint): Promise<void> | undefined => {
    const action = armed.get(point);
    if (action === undefined) return undefined;
    armed.delete(point);
    // Synchronous: the process may not live to flush anything.
    const monotonic_us = Number(process.hrtime.bigint() / 1000n);
    const line = { level: "info", event: FAILPOINT_REACHED, point, action, monotonic_us };
    writeSync(STANDARD_OUTPUT, `${JSON.stringify(line)}\n`);
    if (action === "kill") process.kill(process.pid, "SIGKILL");
    return resumed.promise;
  };

  const obey = (command: FailpointCommand): void => {
    if ("arm" in command) armed.set(command.arm, command.action);
    else {
      resumed.resolve();
      resumed = Promise.withResolvers();
    }
  };

  onRequestSent(() => void pass("after send"));
  return {
    /** Takes commands from here on. */
    listen(input: Readable): void {
      createInterface({ input }).on("line", (line) => obey(JSON.parse(line) as FailpointCommand));
    },
    wrap: (store: Store): Store => ({ ...store, tokens: stopping(store.tokens, pass) }),
  };
};

const stopping = (
  tokens: Store["tokens"],
  pass: (point: Failpoint) => Promise<void> | undefined,
): Store["tokens"] => ({
  ...tokens,
  async claim(...claim) {
    await pass("before claim");
    const claimed = await tokens.claim(...claim);
    if (claimed) await pass("after claim");
    return claimed;
  },
  async claimDue(due) {
    const claimed = await tokens.claimDue(due);
    if (claimed.length > 0) await pass("after claim");
    return claimed;
  },
  async saveRefreshed(...save) {
    await pass("before save");
    const row = await tokens.saveRefreshed(...save);
    await pass("after save");
    return row;
  },
});
