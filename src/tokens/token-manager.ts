import { randomToken } from "../crypto/index.ts";
import type { McpServers } from "../mcp/index.ts";
import type { Egress } from "../oauth/index.ts";
import type { GrantSelector, Registrations } from "../registrations/index.ts";
import type { Grant, Spool, Store } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { type Clock, endsWithin, SECOND, systemClock } from "../time.ts";
import { notFound } from "./candidate.ts";
import { createClientTrouble } from "./client-trouble.ts";
import { type ConnectionDetails, connectionView, type ConnectionView } from "./connection-view.ts";
import { deliverDueRevocations } from "./deliver-revocation.ts";
import { getToken, type GetTokenRequest } from "./get-token.ts";
import { getTokens, type TokenAnswer } from "./get-tokens.ts";
import { grantKey } from "./grant-key.ts";
import { importToken, type ImportTokenRequest } from "./import-token.ts";
import { type KillSwitchRequest, type KillSwitchResult, switchConnections } from "./kill-switch.ts";
import { createLastUsed } from "./last-used.ts";
import { type ConnectionPage, listConnections, type ListConnectionsRequest } from "./list-connections.ts";
import { createOutcomeCounts } from "./outcome-counts.ts";
import { createPacer } from "./pacer.ts";
import { type CallOptions, createPatience, LATE } from "./patience.ts";
import { createProviderHealth } from "./provider-health.ts";
import { createRecovery } from "./recovery.ts";
import { createRefresher } from "./refresh-connection.ts";
import { refreshNow, type RefreshTokenRequest } from "./refresh-now.ts";
import { createRefreshReports } from "./refresh-reports.ts";
import { createRejectionDoubt } from "./rejection-doubt.ts";
import { replaySpool } from "./replay-spool.ts";
import {
  type ProviderRevocation,
  revokeConnection,
  type RevokeConnectionRequest,
} from "./revoke-connection.ts";
import { createSaver } from "./save-refreshed.ts";
import { createSpooling } from "./spooling.ts";
import { type AuthorizedGrant, storeAuthorized } from "./store-authorized.ts";
import { createSweep } from "./sweep.ts";
import { createTroubleTender, forgetUnused } from "./tend-troubles.ts";
import type { TokenView } from "./token-view.ts";
import { createTroubleReports } from "./trouble-reports.ts";
import { createUnsavedTokens } from "./unsaved-tokens.ts";

export interface TokenSettings {
  /** `BROKER_REFRESH_AHEAD_SECONDS`, default 300: GetToken refreshes within this time of expiry. */
  readonly refreshAheadSeconds: number;
  /** `BROKER_SWEEP_HORIZON_SECONDS`, default 600: the sweep does. */
  readonly sweepHorizonSeconds: number;
  /** `BROKER_REFRESH_LEASE_SECONDS`, default 45. Longer than a call to a provider and 10 s. */
  readonly refreshLeaseSeconds: number;
  /** `BROKER_PROVIDER_TIMEOUT_SECONDS`, default 15. */
  readonly providerTimeoutSeconds: number;
  /** `BROKER_RPC_TIMEOUT_SECONDS`, default 20: the most anybody waits for a token. */
  readonly rpcTimeoutSeconds: number;
  /** `BROKER_REFRESH_IDLE_DAYS`, default 0 = the sweep refreshes whether or not anybody reads. */
  readonly refreshIdleDays: number;
}

export interface TokenManagerDeps {
  readonly store: Store;
  readonly registrations: Registrations;
  readonly mcp: Pick<McpServers, "preRegistered">;
  readonly egress: Egress;
  readonly settings: TokenSettings;
  /** undefined = refreshed tokens that the database does not take wait in memory alone. */
  readonly spool?: Spool | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** 0 ≤ n < 1, for jitter. */
  readonly random?: () => number;
  /** This process's name in leases; default: random. */
  readonly owner?: string;
  /** Called when there is work for a sweep before its turn. */
  readonly sweepSoon?: () => void;
  /** Nothing is refreshed, and providers are told nothing, for now. Default: never. */
  readonly paused?: () => boolean;
}

/** A grant whose rotated token the database has not taken. */
export interface UnsavedGrant extends Grant {
  /** It is on disk, for the next start; else it ends with this process. */
  readonly isSpooled: boolean;
}

/** The life of grants, for RPC handlers, for jobs and for programs that embed the broker. Requests and answers are domain values; errors are `BrokerError`. */
export interface TokenManager {
  getToken(request: GetTokenRequest, options?: CallOptions): Promise<TokenView>;
  /** GetToken for many grants, with one statement for those that are fresh. In order; none waits for another, and none is rejected. */
  getTokens(requests: readonly GetTokenRequest[], options?: CallOptions): readonly Promise<TokenAnswer>[];
  /** The access token alone, for use in process. */
  getValidToken(request: GetTokenRequest, options?: CallOptions): Promise<string>;
  refreshToken(request: RefreshTokenRequest, options?: CallOptions): Promise<ConnectionView>;
  importToken(request: ImportTokenRequest): Promise<ConnectionView>;
  /** @throws BrokerError CONNECTION_NOT_FOUND. */
  getConnection(request: GrantSelector): Promise<ConnectionDetails>;
  listConnections(request: ListConnectionsRequest): Promise<ConnectionPage>;
  revokeConnection(request: RevokeConnectionRequest, options?: CallOptions): Promise<ProviderRevocation>;
  /** Kill switches: blocks, unblocks or revokes all connections that match. @throws BrokerError INVALID_REQUEST without a filter. */
  switchConnections(request: KillSwitchRequest, options?: CallOptions): Promise<KillSwitchResult>;
  /** Where a finished authorization leaves its tokens. */
  storeAuthorizedTokens(grant: AuthorizedGrant): Promise<ConnectionView>;

  /** `connect:refresh_tokens`. */
  sweep(signal: AbortSignal): Promise<number>;
  /** `connect:tend_troubles`: probes providers that refuse the client or reject nearly everybody, one of each a minute over all replicas. */
  tendTroubles(signal: AbortSignal): Promise<number>;
  /** `connect:cleanup_troubles`: forgets credentials in trouble that no replica uses any more. */
  forgetTroubles(): Promise<number>;
  /** `connect:revocations`. */
  deliverRevocations(signal: AbortSignal): Promise<number>;
  /** `connect:last_used`. */
  flushLastUsed(): Promise<number>;
  /** At the start, before anything is served: stores what an earlier process left in the spool. @throws BrokerError STORE_UNAVAILABLE. */
  recover(): Promise<number>;
  /** For shutdown: from now on no refresh begins; those under way are finished, and their callers answered. */
  drain(): void;
  /**
   * For shutdown: waits for refreshes, saves and revocations under way, then notes last uses. `cutOff` is called if that takes longer: it ends what
   * providers have not answered. Answers the grants whose new token the database has not taken, at most `SETTLE_MORE_MS` after the time was up.
   */
  settle(timeoutMs: number, cutOff?: () => Promise<void>): Promise<readonly UnsavedGrant[]>;
}

/** For calls that were cut off to end, and for the disk of the spool. */
const CUT_OFF_MS = 0.5 * SECOND;
const DISK_MS = 1.5 * SECOND;
export const SETTLE_MORE_MS = CUT_OFF_MS + DISK_MS;

export const createTokenManager = (given: TokenManagerDeps): TokenManager => {
  const { store, settings } = given;
  const background = createBackground();
  const draining = new AbortController();
  const base = {
    ...given,
    clock: given.clock ?? systemClock,
    random: given.random ?? Math.random,
    owner: given.owner ?? randomToken(12),
    leaseSeconds: settings.refreshLeaseSeconds,
    providerTimeoutMs: settings.providerTimeoutSeconds * SECOND,
    maxWaitMs: settings.rpcTimeoutSeconds * SECOND,
    refreshAheadMs: settings.refreshAheadSeconds * SECOND,
    sweepHorizonMs: settings.sweepHorizonSeconds * SECOND,
    sweepHorizonSeconds: settings.sweepHorizonSeconds,
    idleDays: settings.refreshIdleDays,
    draining: draining.signal,
    paused: given.paused ?? (() => false),
    background: (work: Promise<unknown>) => background.add(work),
    sweepSoon: () => given.sweepSoon?.(),
  };
  const unsaved = createUnsavedTokens(base.clock);
  const lastUsed = createLastUsed((uses) => store.tokens.touchLastUsed(uses), base.clock);
  const reports = createRefreshReports(given.logger, given.metrics);
  const spooling = createSpooling(given.spool, given.logger);
  const saver = createSaver({ ...base, unsaved, spooling, reports });
  const outcomes = createOutcomeCounts((counted) => store.providerHealth.addOutcomes(base.owner, counted));
  const pacer = createPacer(base);
  draining.signal.addEventListener("abort", () => pacer.close());
  const troubleReports = createTroubleReports(given.logger, given.metrics);
  const troubled = { ...base, troubleReports };
  const rejectionDoubt = createRejectionDoubt({ ...troubled, outcomes, reports });
  const health = createProviderHealth({
    store,
    clientTrouble: createClientTrouble(troubled),
    rejectionDoubt,
    recovery: createRecovery(troubled),
  });
  const refresher = createRefresher({ ...base, save: saver.save, unsaved, reports, health, pacer });
  const deps = { ...base, unsaved, lastUsed, refresher };
  const sweep = createSweep({ ...deps, pacer });
  const tendTroubles = createTroubleTender({ ...deps, rejectionDoubt });
  const untilDrained = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, draining.signal]);

  return {
    getToken: (request, options = {}) => getToken(deps, request, options),
    getTokens: (requests, options = {}) => getTokens(deps, requests, options),
    getValidToken: async (request, options = {}) => (await getToken(deps, request, options)).accessToken,
    refreshToken: (request, options = {}) => refreshNow(deps, request, options),
    importToken: (request) => importToken(deps, request),
    async getConnection(request) {
      const key = grantKey(request);
      const [row, tokenNames] = await Promise.all([store.tokens.find(key), store.tokens.names(key)]);
      if (row === undefined) throw notFound();
      return { ...connectionView(row), tokenNames };
    },
    listConnections: (request) => listConnections(store, request),
    revokeConnection: (request, options = {}) => revokeConnection(deps, request, options),
    switchConnections: (request, options = {}) => switchConnections(deps, request, options),
    storeAuthorizedTokens: (grant) => storeAuthorized(deps, grant),
    sweep: async (signal) => (base.paused() ? 0 : await sweep(untilDrained(signal))),
    tendTroubles: async (signal) => (base.paused() ? 0 : await tendTroubles(untilDrained(signal))),
    forgetTroubles: () => forgetUnused(deps, troubleReports),
    deliverRevocations: (signal) => deliverDueRevocations(deps, signal),
    flushLastUsed: () => lastUsed.flush(),
    recover: async () => (given.spool ? await replaySpool({ ...deps, reports }, given.spool) : 0),
    drain: () => draining.abort(),
    async settle(timeoutMs, cutOff = async () => {}) {
      const landed = (): Promise<unknown> => Promise.all([refresher.landed(), background.done()]);
      const quiet = landed()
        .then(() => saver.settled())
        .then(() => outcomes.flush().catch(() => {}))
        .then(() => lastUsed.flush().catch(() => 0));
      if ((await createPatience(deps.clock, timeoutMs, undefined).within(quiet)) === LATE) {
        await cutOff();
        await endsWithin(CUT_OFF_MS, landed());
        saver.waitNoLonger();
      }
      const spooled = await createPatience(deps.clock, DISK_MS, undefined).within(spooling.settle());
      return unsaved.all().map(({ row }) => ({ ...row, isSpooled: spooled !== LATE && spooled.has(row.id) }));
    },
  };
};

/** Work that outlives whoever asked for it. It handles its own failures. */
const createBackground = () => {
  const pending = new Set<Promise<unknown>>();
  return {
    add(work: Promise<unknown>): void {
      const running = work.finally(() => pending.delete(running));
      pending.add(running);
    },
    async done(): Promise<void> {
      while (pending.size > 0) await Promise.allSettled(pending);
    },
  };
};
