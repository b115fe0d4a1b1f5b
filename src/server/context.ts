import { createContextKey, type HandlerContext } from "@connectrpc/connect";

import type { Caller } from "../access/index.ts";

/** The headers of a request that decide who is calling, as the transport received them: read before the body. */
export interface RequestFacts {
  /** `Host` or `:authority`, unparsed. Empty when the request had none. */
  readonly host: string;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

export const requestFactsKey = createContextKey<RequestFacts>({ host: "", origin: undefined, authorization: undefined });
export const requestIdKey = createContextKey<string>("");
export const callerKey = createContextKey<Caller | undefined>(undefined);
/** Set once our own code decided the answer. An error without it was worded by the framework and may quote the request. */
export const wordedByUsKey = createContextKey<{ yes: boolean }>({ yes: false });
/** `performance.now()` by which the call must be answered. */
export const deadlineKey = createContextKey<number>(Number.POSITIVE_INFINITY);

/** The caller that the gate established. */
export const callerOf = (context: HandlerContext): Caller => {
  const caller = context.values.get(callerKey);
  if (!caller) throw new Error("no caller: the request gate did not run");
  return caller;
};

/** Milliseconds left for this call. */
export const remainingMs = (context: HandlerContext): number =>
  Math.max(0, context.values.get(deadlineKey) - performance.now());
