import type { IncomingHttpHeaders } from "node:http";
import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { GetTokenRequest } from "../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { AccessTarget, Caller, CallerConnection } from "../access/index.ts";

/** The request's headers as the transport received them, pseudo-headers included: what decides who is calling. */
export const requestHeadersKey = createContextKey<IncomingHttpHeaders>({});
export const requestIdKey = createContextKey<string>("");
/** What the transport knows of the peer. */
export const connectionKey = createContextKey<CallerConnection>({ peerCertificates: () => [] });
/** What the policy said to a call that it allows. */
export interface CallAccess {
  /** Whether it would allow the same call for this, too: for what only the answer names. */
  readonly sees: (target: Partial<AccessTarget>) => boolean;
}
export const accessKey = createContextKey<CallAccess | undefined>(undefined);
/** Judges one request for a token within a message of several; answers what judges the scopes of its token. */
export type JudgeItem = (request: GetTokenRequest) => (scopes: readonly string[]) => void;
/** @throws BrokerError, as the request alone would have failed. */
export const judgeItemKey = createContextKey<JudgeItem | undefined>(undefined);
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
export const callerOf = ({ values }: Pick<HandlerContext, "values">): Caller => {
  const caller = values.get(callerKey);
  if (!caller) throw new Error("no caller: the request gate did not run");
  return caller;
};

/** What the policy said to this call. */
export const accessOf = (context: HandlerContext): CallAccess => {
  const access = context.values.get(accessKey);
  if (!access) throw new Error("no access: the policy was not asked");
  return access;
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
