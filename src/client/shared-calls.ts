/** One caller's patience. */
export interface Caller {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** What the caller is told when time is up. `last`: why the call has not succeeded so far. */
  readonly onTimeout: () => Error;
}

/** What a shared call knows of those who wait for it. */
export interface SharedContext {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Of the most patient caller, on the clock of `performance.now()`. */
  readonly deadlineMs: () => number;
}

interface SharedCall<T> {
  readonly outcome: Promise<T>;
  readonly controller: AbortController;
  deadlineMs: number;
  waiting: number;
}

/** Calls in which everybody who wants the same takes part. Each leaves by his own signal and deadline, and the last one turns off the light. */
export interface SharedCalls<T> {
  join(key: string, caller: Caller, start: (context: SharedContext) => Promise<T>): Promise<T>;
}

export const createSharedCalls = <T>(): SharedCalls<T> => {
  const calls = new Map<string, SharedCall<T>>();
  const begin = (key: string, start: (context: SharedContext) => Promise<T>): SharedCall<T> => {
    const controller = new AbortController();
    const call: SharedCall<T> = {
      controller,
      deadlineMs: 0,
      waiting: 0,
      // Begun in a microtask, when the first caller's deadline stands.
      outcome: Promise.resolve()
        .then(() => start({ signal: controller.signal, deadlineMs: () => call.deadlineMs }))
        .finally(() => {
          if (calls.get(key) === call) calls.delete(key);
        }),
    };
    calls.set(key, call);
    return call;
  };
  return {
    async join(key, caller, start) {
      const call = calls.get(key) ?? begin(key, start);
      call.waiting += 1;
      call.deadlineMs = Math.max(call.deadlineMs, performance.now() + caller.timeoutMs);
      try {
        return await patient(call.outcome, caller);
      } finally {
        call.waiting -= 1;
        if (call.waiting === 0) {
          if (calls.get(key) === call) calls.delete(key);
          call.controller.abort();
          // Nobody is left to be told.
          call.outcome.catch(() => undefined);
        }
      }
    },
  };
};

const patient = <T>(outcome: Promise<T>, { signal, timeoutMs, onTimeout }: Caller): Promise<T> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      leave();
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      leave();
      reject(onTimeout());
    }, timeoutMs);
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    outcome.then(resolve, reject).finally(leave);
  });
