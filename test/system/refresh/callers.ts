/** Services that ask for tokens, many a second, at every replica: Connect JSON over kept connections. */
import { fromBinary } from "@bufbuild/protobuf";
import { Agent } from "undici";
import { ErrorInfoSchema } from "../../../gen/ts/google/rpc/error_details_pb.ts";
import type { Selector } from "../deployment.ts";

const GET_TOKEN = "/tokenbroker.v1.TokenBrokerService/GetToken";
const TICK_MS = 10;
const MAX_UNDER_WAY = 2_000;

export interface CallersOptions {
  /** RPC URLs of the replicas that take calls at the moment; asked before each call. */
  readonly targets: () => readonly string[];
  readonly selectors: readonly Selector[];
  /** All callers together. */
  readonly callsPerSecond: number;
  /** Sees each token that was answered, and of whom. */
  readonly onToken?: (connectionId: string, answer: TokenAnswer) => void;
}

export interface TokenAnswer {
  readonly accessToken: string;
  readonly version: string;
  readonly expiresAt?: string;
  readonly degraded?: { readonly reason: string };
}

export interface CallReport {
  readonly calls: number;
  readonly callsPerSecond: number;
  /** `ok`, `degraded`, or the reason of the refusal → how many. `no answer`: the connection broke. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of answered calls, sorted. */
  readonly latenciesMs: readonly number[];
}

export interface Callers {
  /** Sends no more, waits for what is under way. */
  stop(): Promise<CallReport>;
}

/** Open loop: a slow answer keeps nobody else from calling. */
export const startCallers = ({ targets, selectors, callsPerSecond, onToken }: CallersOptions): Callers => {
  const agent = new Agent({ connections: 64, pipelining: 1, keepAliveTimeout: 10_000 });
  const outcomes = new Map<string, number>();
  const latenciesMs: number[] = [];
  const underWay = new Set<Promise<void>>();
  const beganMs = performance.now();
  let calls = 0;

  const note = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  const call = async (origin: string, selector: Selector): Promise<void> => {
    const sentMs = performance.now();
    try {
      const { statusCode, body } = await agent.request({
        origin,
        path: GET_TOKEN,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(selector),
      });
      const answer: unknown = JSON.parse(await body.text());
      latenciesMs.push(performance.now() - sentMs);
      note(statusCode === 200 ? served(selector, answer as TokenAnswer) : reasonOf(answer));
    } catch {
      note("no answer");
    }
  };

  const served = (selector: Selector, answer: TokenAnswer): string => {
    onToken?.(selector.connectionId, answer);
    return answer.degraded ? "degraded" : "ok";
  };

  const tick = (): void => {
    const origins = targets();
    const due = ((performance.now() - beganMs) / 1000) * callsPerSecond;
    while (calls < due && underWay.size < MAX_UNDER_WAY && origins.length > 0) {
      const origin = origins[calls % origins.length];
      const selector = selectors[Math.floor(Math.random() * selectors.length)];
      calls += 1;
      if (origin === undefined || selector === undefined) continue;
      const running = call(origin, selector).finally(() => underWay.delete(running));
      underWay.add(running);
    }
  };
  const timer = setInterval(tick, TICK_MS);

  return {
    async stop() {
      clearInterval(timer);
      const seconds = (performance.now() - beganMs) / 1000;
      await Promise.all(underWay);
      await agent.destroy();
      return {
        calls,
        callsPerSecond: calls / seconds,
        outcomes: Object.fromEntries(outcomes),
        latenciesMs: latenciesMs.toSorted((left, right) => left - right),
      };
    },
  };
};

/** The reason of `google.rpc.ErrorInfo`, and its `cause` where it has one: `REAUTHORIZATION_REQUIRED/refresh_outcome_unknown`. */
const reasonOf = (answer: unknown): string => {
  const { code = "unknown", details = [] } = answer as {
    code?: string;
    details?: { type: string; value: string }[];
  };
  const info = details.find(({ type }) => type === "google.rpc.ErrorInfo");
  if (info === undefined) return code;
  const { reason, metadata } = fromBinary(ErrorInfoSchema, Buffer.from(info.value, "base64"));
  return metadata["cause"] === undefined ? reason : `${reason}/${metadata["cause"]}`;
};

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
