import { setTimeout as delay } from "node:timers/promises";
import { sha256Hex } from "../crypto/index.ts";
import { BrokerError } from "../errors.ts";
import { namespaceOf } from "../registrations/index.ts";
import type { AuthorizationOutcome, AuthorizationRow, Grant } from "../store/index.ts";
import { MILLISECOND, SECOND } from "../time.ts";
import { completionError, parseReason } from "./failure.ts";
import { interruptedAfterSeconds } from "./interruption.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { openParked } from "./park.ts";
import type { Redeemer } from "./redeem.ts";

export interface CompleteRequest {
  readonly ticket: string;
  /** The user of the application's own session. */
  readonly userId: string;
  readonly namespace?: string | undefined;
  readonly callerId: string;
}

export interface CompleteOptions {
  /** Ends the waiting for another call's redemption. A redemption of this very call goes on and is recorded. */
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 100 * MILLISECOND;
const WAIT_MS = 20 * SECOND;

export const createComplete = (options: AuthorizationFlowOptions, redeemer: Redeemer) => {
  const { authorizations, clock, settings } = options;
  const interruptedAfterMs = interruptedAfterSeconds(settings) * SECOND;

  /** The outcome, if it can be had now. Of any number of callers one claims and redeems; the others look again. */
  const settle = async (row: AuthorizationRow): Promise<AuthorizationOutcome | undefined> => {
    if (row.outcome !== null) return row.outcome;
    if (row.redeemingAt !== null) {
      const redeemingMs = row.now.getTime() - row.redeemingAt.getTime();
      if (redeemingMs > interruptedAfterMs) await redeemer.fail(row, "EXCHANGE_INTERRUPTED");
      return undefined;
    }
    const claimed = await authorizations.claimParked(row.id);
    if (claimed !== undefined) return redeemer.redeem(claimed, () => openParked(options, claimed));
    if (isTooLate(row)) throw ticketExpired();
    return undefined;
  };

  return async (request: CompleteRequest, { signal }: CompleteOptions = {}): Promise<Grant> => {
    const ticketHash = sha256Hex(request.ticket);
    const deadlineMs = clock.monotonicMs() + WAIT_MS;
    for (;;) {
      const row = ownFlow(await authorizations.findByTicket(ticketHash), request);
      const outcome = await settle(row);
      if (outcome !== undefined) return answerOf(row, outcome);
      if (clock.monotonicMs() > deadlineMs) throw stillRedeeming();
      await pause(signal);
    }
  };
};

/** One refusal for a ticket that is unknown and for one that is somebody else's; it spends nothing. */
const ownFlow = (row: AuthorizationRow | undefined, request: CompleteRequest): AuthorizationRow => {
  const isOwn =
    row?.purpose === "connect" &&
    row.namespace === namespaceOf(request.namespace) &&
    row.userId === request.userId &&
    (row.callerId === "" || row.callerId === request.callerId);
  if (isOwn) return row;
  throw new BrokerError(
    "TICKET_REJECTED",
    "ticket: not known for this user and caller; present it with the user that StartAuthorization named",
  );
};

const isTooLate = (row: AuthorizationRow): boolean => row.parkedUntil === null || row.now >= row.parkedUntil;

const answerOf = (row: AuthorizationRow, outcome: AuthorizationOutcome): Grant => {
  if (outcome.kind === "failed") throw completionError(parseReason(outcome.reason));
  const { namespace, connectionId, userId, provider, mcpServerUrl } = row;
  return { namespace, connectionId, userId, provider, mcpServerUrl };
};

const ticketExpired = (): BrokerError =>
  new BrokerError(
    "TICKET_EXPIRED",
    "ticket: came later than 60 seconds after the provider's answer; start a new authorization",
  );

const stillRedeeming = (): BrokerError =>
  new BrokerError(
    "DEADLINE_EXCEEDED",
    "another call redeems this ticket and has not finished; ask again with the same ticket",
  );

const pause = async (signal: AbortSignal | undefined): Promise<void> => {
  try {
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw stillRedeeming();
  }
};
