/** Services that do what the broker's errors tell them: UNAVAILABLE and a broken connection mean "ask another replica". */
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectJsonError } from "../../support/connect-json.ts";
import { refusalOf, type Selector } from "../deployment.ts";
import type { createTokenWatch } from "./faults.ts";

export interface RetryReport {
  readonly calls: number;
  /** Why a call was made again → how often: the reason of a refusal, or what broke the connection. */
  readonly retries: Readonly<Record<string, number>>;
  /** Calls that nobody answered with a token, each by the last thing that it was told. */
  readonly failed: readonly string[];
  /** The longest that a call took with all its retries. */
  readonly longestMs: number;
}

export interface RetryingCallers {
  /** Calls that ended so far. */
  count(): number;
  stop(): Promise<RetryReport>;
}

const CALLERS = 8;
const BETWEEN_CALLS_MS = 20;
const RETRY_AFTER_MS = 100;
/** Longer than any fault here lasts. */
const GIVE_UP_AFTER_MS = 40_000;

interface Options {
  /** RPC URLs, looked up before each call; a call that failed goes to another one. */
  readonly targets: () => readonly string[];
  readonly selectors: readonly Selector[];
  readonly ask: ReturnType<typeof createTokenWatch>;
}

export const startRetryingCallers = ({ targets, selectors, ask }: Options): RetryingCallers => {
  const retries = new Map<string, number>();
  const failed: string[] = [];
  const over = new AbortController();
  let [calls, longestMs] = [0, 0];

  /** Why not; undefined = it was answered. */
  const callOnce = async (rpcUrl: string, selector: Selector): Promise<string | undefined> => {
    const answer = ask({ rpcUrl }, selector);
    return await answer.then(
      () => undefined,
      (error: unknown) => whyNot(error, answer),
    );
  };

  const callUntilAnswered = async (selector: Selector): Promise<void> => {
    const beganMs = performance.now();
    for (let rpcUrl = anyOf(targets()); ;) {
      const why = await callOnce(rpcUrl, selector);
      calls += 1;
      const tookMs = performance.now() - beganMs;
      longestMs = Math.max(longestMs, tookMs);
      if (why === undefined) return;
      if (tookMs > GIVE_UP_AFTER_MS) return void failed.push(why);
      retries.set(why, (retries.get(why) ?? 0) + 1);
      await sleep(RETRY_AFTER_MS);
      const tried = rpcUrl;
      rpcUrl = anyOf(targets().filter((target) => target !== tried)) || anyOf(targets()) || tried;
    }
  };

  const work = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await callUntilAnswered(anyOf(selectors));
      await sleep(BETWEEN_CALLS_MS);
    }
  };
  const working = Promise.all(Array.from({ length: CALLERS }, work));
  // A token that must not be seen ends the test when it stops the callers.
  working.catch(() => {});
  return {
    count: () => calls,
    async stop() {
      over.abort();
      await working;
      return { calls, retries: Object.fromEntries(retries), failed, longestMs };
    },
  };
};

const anyOf = <T>(some: readonly T[]): T => some[Math.floor(Math.random() * some.length)]!;

const whyNot = async (error: unknown, answer: Promise<unknown>): Promise<string> => {
  if (error instanceof ConnectJsonError) {
    const { reason, code } = await refusalOf(answer);
    return reason ?? code;
  }
  const cause = error instanceof TypeError ? error.cause : undefined;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  throw error;
};
