import { setTimeout as sleep } from "node:timers/promises";
import { checkLog } from "../../mock-provider/index.ts";
import { call, type Refusal, refusalOf, type Selector } from "../deployment.ts";
import { type Fleet, inParallel } from "./fleet.ts";

export interface Lost {
  readonly connectionId: string;
  /** A refusal that will not change by itself: its reason and its `cause`. */
  readonly why: string;
}

/** Longer than two leases of any test, and than the minute until a provider that rejected many at once is probed. */
const DECIDED_WITHIN_MS = 100_000;
const RETRY_MS = 250;
const AT_ONCE = 16;

/** What may yet change by itself. */
const PASSING = new Set(["PROVIDER_UNAVAILABLE", "STORE_UNAVAILABLE", "DEADLINE_EXCEEDED", "DRAINING"]);

/** Refreshes every connection once more: one that the broker cannot refresh, or of which the provider's log shows no such refresh, is lost. */
export const findLost = async (
  fleet: Fleet,
  selectors: readonly Selector[],
  decidedWithinMs: number = DECIDED_WITHIN_MS,
): Promise<Lost[]> => {
  const before = refreshesByConnection(fleet, selectors);
  const refusals = await inParallel(
    selectors.map((selector) => () => refreshOnceMore(fleet, selector, decidedWithinMs)),
    AT_ONCE,
  );
  await fleet.provider.quiet();
  const after = refreshesByConnection(fleet, selectors);
  return selectors.flatMap(({ connectionId }, index): Lost[] => {
    const why = refusals[index];
    if (why !== undefined) return [{ connectionId, why }];
    const isShown = (after.get(connectionId) ?? 0) > (before.get(connectionId) ?? 0);
    return isShown ? [] : [{ connectionId, why: "the provider's log shows no refresh" }];
  });
};

/** Tokens that the provider gave for refreshes, replays of its grace included. */
const refreshesByConnection = (fleet: Fleet, selectors: readonly Selector[]): Map<string, number> => {
  const grants = selectors.map(({ connectionId }) => connectionId);
  const { perGrantCounts } = checkLog(fleet.provider.log, { grants });
  const counts = [...perGrantCounts.values()].map(({ refreshes, graceReplays }) => refreshes + graceReplays);
  return new Map(grants.map((connectionId, index) => [connectionId, counts[index] ?? 0]));
};

const refreshOnceMore = async (
  fleet: Fleet,
  selector: Selector,
  decidedWithinMs: number,
): Promise<string | undefined> => {
  const endMs = performance.now() + decidedWithinMs;
  for (;;) {
    const targets = fleet.targets();
    const rpcUrl = targets[Math.floor(Math.random() * targets.length)] ?? "";
    const refusal = await refusalUnlessAnswered(call({ rpcUrl }, "RefreshToken", selector));
    if (refusal === undefined) return undefined;
    const { reason = "", cause } = refusal;
    if (!PASSING.has(reason) || performance.now() > endMs)
      return cause === undefined ? reason : `${reason}/${cause}`;
    await sleep(RETRY_MS);
  }
};

const refusalUnlessAnswered = async (answer: Promise<unknown>): Promise<Refusal | undefined> => {
  const isAnswered = await answer.then(
    () => true,
    () => false,
  );
  return isAnswered ? undefined : await refusalOf(answer);
};

/** `REAUTHORIZATION_REQUIRED/refresh_outcome_unknown: 3`, for a test to print. */
export const countReasons = (lost: readonly Lost[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(lost, ({ why }) => why)).map(([why, some = []]) => [why, some.length]),
  );
