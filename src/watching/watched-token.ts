import { BrokerError, type BrokerErrorCode } from "../errors.ts";
import type { GetTokenRequest, TokenAnswer } from "../tokens/index.ts";

/** One watch of a stream. */
export interface TokenWatch {
  readonly request: GetTokenRequest;
  /** The state that the caller has already; 0 = none. */
  readonly sinceRevision: bigint;
}

/** A watch while its stream is open. Kept small: there may be hundreds of thousands. */
export interface WatchedToken {
  readonly index: number;
  request: GetTokenRequest;
  readonly sinceRevision: bigint;
  /** To be looked at when its stream has room. */
  isDirty: boolean;
  /** A look is under way. */
  isBusy: boolean;
  /** What was said last; undefined = nothing yet. */
  said: string | undefined;
  dueSecond: number | undefined;
  /** Wakes its stream. */
  readonly wake: (watch: WatchedToken) => void;
}

/** Whether there is something to say. A caller that resumes has the state of its revision, as long as that is a token and nothing is wrong with it. */
export const isNews = ({ said, sinceRevision }: WatchedToken, answer: TokenAnswer): boolean => {
  const isResumed = sinceRevision > 0n;
  if (!answer.ok && isOurs(answer.reason)) return said === undefined && !isResumed;
  if (said !== undefined) return said !== stateOf(answer);
  const isSound = answer.ok && answer.token.degraded === undefined;
  return !(isResumed && isSound && answer.revision === sinceRevision);
};

/** Says nothing about the token: the broker could not look. It looks again soon. */
const OURS: ReadonlySet<BrokerErrorCode> = new Set(["STORE_UNAVAILABLE", "DRAINING", "DEADLINE_EXCEEDED"]);

const isOurs = (reason: unknown): boolean => reason instanceof BrokerError && OURS.has(reason.code);

/** Names what the caller is told. Degradation and death come with time, too, without a change of the row. */
export const stateOf = (answer: TokenAnswer): string => `${answer.revision} ${conditionOf(answer)}`;

const conditionOf = (answer: TokenAnswer): string => {
  if (answer.ok) return answer.token.degraded?.reason ?? "";
  return `! ${answer.reason instanceof BrokerError ? answer.reason.code : "INTERNAL"}`;
};
