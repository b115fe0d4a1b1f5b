import type { IncomingHttpHeaders } from "node:http";
import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Caller, PeerCertificate } from "../access/index.ts";

/** The request's headers as the transport received them, pseudo-headers included: what decides who is calling. */
export const requestHeadersKey = createContextKey<IncomingHttpHeaders>({});
/** The certificate of the connection that the request came by; what it is worth is decided with the caller. */
export const peerKey = createContextKey<PeerCertificate | undefined>(undefined);
export const requestIdKey = createContextKey<string>("");
export const callerKey = createContextKey<Caller | undefined>(undefined);
/**
 * How far a call has come. `reading`: none of our code has seen the message. `answering`: it answered, and the answer is being written. `worded`: the
 * answer is an error in our own words, or a stream. An error in the first two was worded by the framework and may quote what it could not read or write.
 */
export interface Progress {
  at: "reading" | "answering" | "worded";
}
export const progressKey = createContextKey<Progress>({ at: "reading" });
/** `performance.now()` by which the call must be answered. */
export const deadlineKey = createContextKey<number>(Number.POSITIVE_INFINITY);

/** Asks the gate's question again for a call that lasts: throws, or rejects, when the caller would not be let in any more. */
export const askAgainKey = createContextKey<() => void | Promise<void>>(() => {});

/** The caller that the gate established. */
export const callerOf = (context: HandlerContext): Caller => {
  const caller = context.values.get(callerKey);
  if (!caller) throw new Error("no caller: the request gate did not run");
  return caller;
};

/** Milliseconds left for this call: the caller's own timeout, or our bound if that is nearer. */
export const remainingMs = (context: HandlerContext): number =>
  Math.max(
    0,
    Math.min(
      context.values.get(deadlineKey) - performance.now(),
      context.timeoutMs() ?? Number.POSITIVE_INFINITY,
    ),
  );
