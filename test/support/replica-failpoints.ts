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
  /** Whatever waits at a point goes on, and no point is armed any more. */
  | { readonly resume: true };

/** The event of the log line that says that an armed point was reached: `point` says which, `monotonic_us` when by `CLOCK_MONOTONIC`. */
export const FAILPOINT_REACHED = "failpoint reached";

/** The event of the log line that says that a refresh is over, saved or failed: `connection_id` whose, `monotonic_us` when. */
export const REFRESH_OVER = "refresh over";

const STANDARD_OUTPUT = 1;

/** Synchronous: the process may not live to flush anything. */
const print = (event: string, fields: Readonly<Record<string, string>>): void => {
  const monotonic_us = Number(process.hrtime.bigint() / 1000n);
  writeSync(STANDARD_OUTPUT, `${JSON.stringify({ level: "info", event, ...fields, monotonic_us })}\n`);
};

export const createFailpoints = () => {
  const armed = new Map<Failpoint, FailpointAction>();
  let resumed = Promise.withResolvers<void>();

  const pass = (point: Failpoint): Promise<void> | undefined => {
    const action = armed.get(point);
    if (action === undefined) return undefined;
    armed.delete(point);
    print(FAILPOINT_REACHED, { point, action });
    if (action === "kill") process.kill(process.pid, "SIGKILL");
    return resumed.promise;
  };

  const obey = (command: FailpointCommand): void => {
    if ("arm" in command) armed.set(command.arm, command.action);
    else {
      armed.clear();
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
    print(REFRESH_OVER, { connection_id: save[0].connectionId });
    return row;
  },
  async recordFailure(...failure) {
    const row = await tokens.recordFailure(...failure);
    print(REFRESH_OVER, { connection_id: failure[0].connectionId });
    return row;
  },
});
