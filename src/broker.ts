import type { AccessPolicy, Authenticator } from "./access/index.ts";
import { type Acquisition, createAcquisition } from "./acquisition/index.ts";
import { callbackRecord, createAudit } from "./audit/index.ts";
import { type AuthorizationFlow, createAuthorizationFlow } from "./authorization-flow/index.ts";
import { type BrokerConfig, callbackUrl, loginCallbackUrl, mcpCallbackUrl } from "./config/index.ts";
import { createGenuineTokens } from "./crypto/index.ts";
import { OperatorError } from "./errors.ts";
import { type CallbackHandler, createCallbackHandler, createDocumentHandler } from "./http-callback/index.ts";
import { createJobs, type Jobs } from "./jobs/index.ts";
import { createKeyRotation } from "./key-rotation/index.ts";
import {
  createClientDocuments,
  createMcpServers,
  createOAuthClients,
  DISCOVERY_MS,
  type McpDeps,
  type McpServers,
  type OAuthClients,
  withMcpServers,
} from "./mcp/index.ts";
import { createEgress, type Resolve } from "./oauth/index.ts";
import { createRateLimits } from "./rate-limits/index.ts";
import { createRegistrations, type Registrations, warnOfEndingSecrets } from "./registrations/index.ts";
import { createReadiness, createRpcHandler, type ReadinessSwitch, type RpcHandler } from "./server/index.ts";
import {
  createStore,
  type Database,
  type InstanceGuard,
  type Liveness,
  openInstanceGuard,
  openLiveness,
  openSpool,
  type Spool,
  type Store,
  unguarded,
} from "./store/index.ts";
import type { Logger, Metrics } from "./telemetry/index.ts";
import { DAY, endsWithin, SECOND, systemClock } from "./time.ts";
import { createTokenManager, SETTLE_MORE_MS, type TokenManager, type UnsavedGrant } from "./tokens/index.ts";
import { createVerification } from "./verification/index.ts";
import { createWatching } from "./watching/index.ts";

export interface BrokerParts {
  /** On an open, migrated database that outlives the broker. */
  readonly store: Store;
  /** Closed with the broker, when nothing waits to be saved any more. */
  readonly liveness: Liveness;
  readonly spool: Spool | undefined;
  /** Closed with the broker. */
  readonly instance: InstanceGuard;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Ports of this process and of its database: no provider's URL may reach them on loopback. Read at each request. */
  readonly protectedPorts: readonly number[];
  /** undefined = the system's resolver. */
  readonly resolve?: Resolve | undefined;
  readonly authenticator: Authenticator;
  /** Where audit lines go; default: as configured. */
  readonly writeAuditLine?: ((line: string) => void) | undefined;
  readonly policy: AccessPolicy;
}

/** The broker without ports: what answers requests, and what it is made of. */
export interface BrokerCore {
  readonly rpcHandler: RpcHandler;
  readonly callbackHandler: CallbackHandler;
  readonly tokens: TokenManager;
  readonly authorizations: AuthorizationFlow;
  readonly registrations: Registrations;
  readonly mcp: McpServers;
  readonly oauthClients: OAuthClients;
  readonly acquisition: Acquisition;
  readonly jobs: Jobs;
  readonly readiness: ReadinessSwitch;
  /** What works only in part, for `/healthz/ready`. */
  degraded(): readonly string[];
  /** Before anything is served: stores what an earlier process left in the spool. @throws BrokerError STORE_UNAVAILABLE. */
  recover(): Promise<void>;
  /** From now on new calls are refused, and no refresh and no job begins; what is under way goes on. */
  drain(): void;
  /**
   * Waits at most `graceMs` for jobs to end and refreshes to be saved, then cuts off what hangs: a provider, the database, a disk.
   *
   * @throws UnsavedTokensError when rotated tokens are neither in the database nor in the spool; everything is closed all the same.
   */
  close(graceMs: number): Promise<void>;
}

/** For taking leave of the server that keeps the liveness lock; the end of the process does it, too. */
const LEAVE_MS = 0.5 * SECOND;

/** How much of the time to stop is for what is under way. The rest is kept for giving up what hangs. */
export const graceOf = (stopWithinMs: number): number =>
  Math.max(stopWithinMs / 2, stopWithinMs - SETTLE_MORE_MS - LEAVE_MS);

/** An authorization that ended just before its row expired can still be asked how it ended. */
const KEEP_ENDED_SECONDS = 600;

/** A revoked row has no ciphertext left; it stays a while so that those who watch connections learn that it went. */
const KEEP_REVOKED_SECONDS = (7 * DAY) / SECOND;

/** A flow that began with a client that was retired a moment later can still end. */
const KEEP_RETIRED_SECONDS = DAY / SECOND;

/** For the callback, the ticket and the exchange of a flow that began just before. */
const FLOW_ENDS_SECONDS = 120;

/** Of the time that a unary call may take: a report about a provider whose servers hang is ready before it ends. */
const REPORT_SHARE = 0.75;

/** Wires the rooms. Nothing runs by itself yet: the owner starts the jobs and opens the readiness. */
export const createBrokerCore = (config: BrokerConfig, parts: BrokerParts): BrokerCore => {
  const { store, liveness, spool, instance, logger, metrics } = parts;
  const egress = createEgress({
    ...config.egress,
    protectedPorts: parts.protectedPorts,
    timeoutMs: config.providerTimeoutSeconds * SECOND,
    ...(parts.resolve ? { resolve: parts.resolve } : {}),
    logger,
  });
  const audit = createAudit({
    config: config.audit,
    events: store.auditEvents,
    logger,
    metrics,
    writeLine: parts.writeAuditLine,
  });
  const states = createGenuineTokens(config.keyRing, "authorization state");
  const rateLimits = createRateLimits({
    config: config.rateLimits,
    limits: store.rateLimits,
    isOwnState: (state) => states.isGenuine(state),
  });
  const callbackUrlOf = (target: { readonly namespace: string; readonly provider: string }): string =>
    callbackUrl(config.apiBase, target);
  const configured = createRegistrations({
    registrations: config.registrations,
    skipped: config.skipped,
    providers: store.providers,
    tokens: store.tokens,
    insecureLoopback: config.egress.insecureLoopback,
    callbackUrl: callbackUrlOf,
    logger,
  });
  const mcpCallbackUrlOf = (key: string): string => mcpCallbackUrl(config.apiBase, key);
  const mcpDeps: McpDeps = {
    config: config.mcp,
    egress,
    clients: store.oauthClients,
    tokens: store.tokens,
    callbackUrl: mcpCallbackUrlOf,
    discoveryMs: Math.min(DISCOVERY_MS, config.providerTimeoutSeconds * SECOND),
    flowSeconds: config.stateTtlSeconds + FLOW_ENDS_SECONDS,
    clock: systemClock,
    logger,
  };
  const mcp = createMcpServers(mcpDeps);
  const registrations = withMcpServers(configured, mcpDeps);
  const tokens = createTokenManager({
    store,
    registrations,
    mcp,
    egress,
    settings: config,
    logger,
    metrics,
    owner: liveness.owner,
    sweepSoon: () => jobs.sweepSoon(),
    paused: () => instance.paused(),
    spool,
  });
  const watching = createWatching({ store, tokens, logger, metrics });
  const authorizations = createAuthorizationFlow({
    authorizations: store.authorizations,
    tokens: store.tokens,
    registrations,
    mcp,
    mcpCallbackUrl: mcpCallbackUrlOf,
    egress,
    newState: () => states.issue(),
    recordCallback: (event) => audit.record(callbackRecord(event)),
    storeTokens: (authorized) => tokens.storeAuthorizedTokens(authorized),
    settings: config,
    callbackUrl: callbackUrlOf,
    loginCallbackUrl: (target) => loginCallbackUrl(config.apiBase, target),
    clock: systemClock,
    logger,
    metrics,
  });
  const jobs = createJobs({
    work: {
      refreshDueTokens: (signal) => tokens.sweep(signal),
      tendTroubles: (signal) => tokens.tendTroubles(signal),
      forgetTroubles: () => tokens.forgetTroubles(),
      deleteOldOutcomes: (limit) => store.providerHealth.deleteOldOutcomes(limit),
      deleteIdleRateLimits: (limit) => store.rateLimits.deleteIdle(limit),
      deleteOldAuditEvents: (limit) => deleteOldAuditEvents(config.audit, store, limit),
      deleteExpiredAuthorizations: (limit) => store.authorizations.deleteExpired(KEEP_ENDED_SECONDS, limit),
      deleteExpiredRevocations: (limit) => store.revocations.deleteExpired(limit),
      deleteRevokedTokens: (limit) => store.tokens.deleteRevoked(KEEP_REVOKED_SECONDS, limit),
      deleteRetiredClients: (limit) => store.oauthClients.deleteRetired(KEEP_RETIRED_SECONDS, limit),
      deliverRevocations: (signal) => tokens.deliverRevocations(signal),
      flushLastUsed: () => tokens.flushLastUsed(),
      warnOfEndingSecrets: () =>
        warnOfEndingSecrets({ secrets: registrations.endingSecrets(), logger, metrics }),
    },
    sweepIntervalSeconds: config.sweepIntervalSeconds,
    cleanupIntervalSeconds: config.cleanupIntervalSeconds,
    logger,
    metrics,
  });
  // The refreshes of a replica that died wait for nobody's next turn: a vendor's grace may be short.
  liveness.onPeerGone(() => jobs.sweepSoon());
  const callbackHandler = createCallbackHandler({
    flow: authorizations,
    apiBase: config.apiBase,
    logger,
    metrics,
    limit: rateLimits.callback,
    trustedProxyHops: config.rateLimits.trustedProxyHops,
  });
  const documentHandler = createDocumentHandler({ documents: createClientDocuments(mcpDeps), logger });
  const oauthClients = createOAuthClients(mcpDeps);
  const acquisition = createAcquisition({
    registrations,
    mcp,
    egress,
    storeTokens: (acquired) => tokens.storeAuthorizedTokens(acquired),
    providerTimeoutMs: config.providerTimeoutSeconds * SECOND,
    clock: systemClock,
  });
  instance.onChange((paused) => {
    metrics.instancePaused.set(paused ? 1 : 0);
    if (!paused) jobs.sweepSoon();
  });
  const readiness = createReadiness();
  let draining = false;
  return {
    rpcHandler: createRpcHandler({
      authorizations,
      tokens,
      watching,
      registrations,
      mcp,
      oauthClients,
      acquisition,
      verification: createVerification({
        registrations,
        egress,
        loginCallbackUrl: (target) => loginCallbackUrl(config.apiBase, target),
        reportMs: REPORT_SHARE * config.rpcTimeoutSeconds * SECOND,
        clock: systemClock,
        logger,
      }),
      keyRotation: createKeyRotation({ store, keyRing: config.keyRing, clock: systemClock, logger }),
      authenticator: parts.authenticator,
      policy: parts.policy,
      corsOrigins: config.corsOrigins,
      defaultRedirectUri: config.defaultRedirectUri,
      readiness,
      draining: () => draining,
      callTimeoutMs: config.rpcTimeoutSeconds * SECOND,
      logger,
      metrics,
      audit,
      rateLimits,
    }),
    callbackHandler: (request, response) =>
      callbackHandler(request, response) || documentHandler(request, response),
    tokens,
    authorizations,
    registrations,
    mcp,
    oauthClients,
    acquisition,
    jobs,
    readiness,
    degraded: () => (instance.paused() ? ["instance_paused"] : []),
    async recover() {
      await tokens.recover();
    },
    drain() {
      draining = true;
      readiness.set(false);
      watching.drain();
      tokens.drain();
      void jobs.stop();
    },
    async close(graceMs) {
      const endMs = systemClock.monotonicMs() + graceMs;
      await endsWithin(graceMs, jobs.stop());
      const leftMs = Math.max(0, endMs - systemClock.monotonicMs());
      const unsaved = await tokens.settle(leftMs, () => egress.close());
      await egress.close();
      instance.close();
      await endsWithin(LEAVE_MS, liveness.close());
      const lost = reportUnsaved(unsaved, logger);
      if (lost > 0) throw new UnsavedTokensError(lost);
    },
  };
};

/** 0 = for ever. Rows that an earlier configuration wrote grow old as well. */
const deleteOldAuditEvents = async (
  { retentionDays }: BrokerConfig["audit"],
  { auditEvents }: Pick<Store, "auditEvents">,
  limit: number,
): Promise<number> => (retentionDays === 0 ? 0 : auditEvents.deleteOld(retentionDays, limit));

/** Rotated refresh tokens end with this process: the log names their connections. */
export class UnsavedTokensError extends OperatorError {
  constructor(count: number) {
    super(
      `${count} refreshed tokens could not be saved and end with this process: the log names their connections. BROKER_SPOOL_DIR would keep them for the next start`,
    );
    this.name = "UnsavedTokensError";
  }
}

/** Answers how many are lost. */
const reportUnsaved = (unsaved: readonly UnsavedGrant[], logger: Logger): number => {
  for (const { namespace, connectionId, provider, isSpooled } of unsaved) {
    const fields = { namespace, connection_id: connectionId, provider };
    if (isSpooled) logger.warn("a refreshed token waits in the spool for the next start", fields);
    else logger.error("a refreshed token could not be saved and is lost with this process", fields);
  }
  return unsaved.filter(({ isSpooled }) => !isSpooled).length;
};

const NOBODY = "";

export interface PreparedStore {
  readonly store: Store;
  readonly liveness: Liveness;
  readonly spool: Spool | undefined;
  readonly instance: InstanceGuard;
}

/** A store on the migrated database, whose ciphertexts belong to the configured keys. @throws KeyCheckError when none of them does. */
export const prepareStore = async (
  { keyRing, spoolDir, instanceId }: Pick<BrokerConfig, "keyRing" | "spoolDir" | "instanceId">,
  database: Database,
  logger: Logger,
): Promise<PreparedStore> => {
  const spool = spoolDir === undefined ? undefined : openSpool({ directory: spoolDir, keyRing, logger });
  const liveness = await openLiveness(database, { logger });
  let instance = unguarded;
  const store = createStore(database, { keyRing, logger, liveness, paused: () => instance.paused() });
  try {
    // One process owns an embedded database: whoever holds a lease at its start is gone.
    if (database.kind === "pglite") await store.tokens.expireForeignLeases(NOBODY);
    const { missing } = await store.keys.check();
    for (const { keyId, rows } of missing) {
      logger.warn("an encryption key that rows still use is not configured", { key_id: keyId, count: rows });
    }
    instance = await openInstanceGuard(store.instance, instanceId, { logger });
  } catch (error) {
    await liveness.close();
    throw error;
  }
  return { store, liveness, spool, instance };
};
