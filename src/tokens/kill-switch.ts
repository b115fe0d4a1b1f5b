import { invalidField } from "../errors.ts";
import type { Store, SwitchAction, SwitchCounts, SwitchFilter } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND } from "../time.ts";
import type { CallOptions } from "./patience.ts";

export interface KillSwitchRequest {
  readonly action: SwitchAction;
  readonly namespace: string;
  readonly provider: string;
  readonly mcpServerHost: string;
  readonly userId: string;
  readonly callerId: string;
  /** Where no other filter is set: all connections of the namespace. */
  readonly wholeNamespace: boolean;
  /** Only count. */
  readonly dryRun: boolean;
}

export interface KillSwitchResult {
  readonly connections: number;
  readonly tokens: number;
  /** The time was up first. */
  readonly more: boolean;
}

export interface KillSwitchDeps {
  readonly store: Pick<Store, "tokens">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "transitions">;
  readonly maxWaitMs: number;
}

/** So many rows are locked at a time: a call that reads one of them waits for milliseconds. */
const BATCH = 1000;

/** Of the caller's time, kept for the answer. */
const ANSWER_MS = 1 * SECOND;

/**
 * Blocks, unblocks or revokes every connection that matches, in batches. What is blocked or revoked is served by no replica from the moment its batch is
 * written, because every call reads the row. A refresh that is under way still saves its token, and the row stays blocked.
 *
 * @throws BrokerError INVALID_REQUEST without a filter.
 */
export const switchConnections = async (
  deps: KillSwitchDeps,
  request: KillSwitchRequest,
  { signal, deadlineMs = deps.maxWaitMs }: CallOptions = {},
): Promise<KillSwitchResult> => {
  const filter = filterOf(request);
  const { kind } = request.action;
  if (request.dryRun) return { ...sum(await deps.store.tokens.countForSwitch(kind, filter)), more: false };
  const endMs = deps.clock.monotonicMs() + Math.min(deadlineMs, deps.maxWaitMs) - ANSWER_MS;
  const isOver = (): boolean => signal?.aborted === true || deps.clock.monotonicMs() >= endMs;
  const { counts, more } = await switchAll(deps, request.action, filter, isOver);
  report(deps, request, counts);
  return { ...sum(counts), more };
};

/** Goes once through all rows, and then again for those that moved behind its back, until it finds none. */
const switchAll = async (
  { store }: KillSwitchDeps,
  action: SwitchAction,
  filter: SwitchFilter,
  isOver: () => boolean,
): Promise<{ readonly counts: readonly SwitchCounts[]; readonly more: boolean }> => {
  const counts: SwitchCounts[] = [];
  let after = 0n;
  for (;;) {
    const batch = await store.tokens.switchBatch(action, filter, { after, limit: BATCH });
    counts.push(...batch.counts);
    if (batch.last === 0n && after === 0n) return { counts, more: false };
    after = batch.last;
    if (isOver()) return { counts, more: true };
  }
};

const filterOf = (request: KillSwitchRequest): SwitchFilter => {
  const { provider, mcpServerHost, userId, callerId, wholeNamespace } = request;
  const isFiltered = [provider, mcpServerHost, userId, callerId].some((text) => text !== "");
  if (isFiltered === wholeNamespace)
    throw invalidField(
      "whole_namespace",
      isFiltered
        ? "goes with no other filter"
        : "set a filter, or this to mean all connections of the namespace",
    );
  const given = (text: string): string | undefined => (text === "" ? undefined : text);
  return {
    namespace: request.namespace || "default",
    provider: given(provider),
    mcpServerHost: given(mcpServerHost.toLowerCase()),
    userId: given(userId),
    callerId: given(callerId),
  };
};

const sum = (counts: readonly SwitchCounts[]) => ({
  connections: counts.reduce((total, { connections }) => total + connections, 0),
  tokens: counts.reduce((total, { tokens }) => total + tokens, 0),
});

const STATUS: Readonly<Record<SwitchAction["kind"], string>> = {
  block: "blocked",
  unblock: "unblocked",
  revoke: "revoked",
};

const report = (
  { logger, metrics }: KillSwitchDeps,
  { action, namespace }: KillSwitchRequest,
  counts: readonly SwitchCounts[],
): void => {
  const status = STATUS[action.kind];
  for (const provider of new Set(counts.map((count) => count.provider))) {
    const { connections } = sum(counts.filter((count) => count.provider === provider));
    metrics.transitions.inc({ provider, status }, connections);
    logger.warn(`connections ${status} by an operator`, {
      namespace: namespace || "default",
      provider,
      count: connections,
    });
  }
};
