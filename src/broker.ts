import { hostname } from "node:os";
import type { Authenticator } from "./access/index.ts";
import { type AuthorizationFlow, createAuthorizationFlow } from "./authorization-flow/index.ts";
import { type BrokerConfig, callbackUrl } from "./config/index.ts";
import { randomToken } from "./crypto/index.ts";
import { type CallbackHandler, createCallbackHandler } from "./http-callback/index.ts";
import { createJobs, type Jobs } from "./jobs/index.ts";
import { createEgress } from "./oauth/index.ts";
import { createRegistrations, type Registrations } from "./registrations/index.ts";
import { createReadiness, createRpcHandler, type ReadinessSwitch, type RpcHandler } from "./server/index.ts";
import { createStore, type Database, type Store } from "./store/index.ts";
import type { Logger, Metrics } from "./telemetry/index.ts";
import { DAY, SECOND, systemClock } from "./time.ts";
import { createTokenManager, type TokenManager } from "./tokens/index.ts";

export interface BrokerParts {
  /** On an open, migrated database that outlives the broker. */
  readonly store: Store;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Ports of this process and of its database: no provider's URL may reach them on loopback. Read at each request. */
  readonly protectedPorts: readonly number[];
  readonly authenticator: Authenticator;
}

/** The broker without ports: what answers requests, and what it is made of. */
export interface BrokerCore {
  readonly rpcHandler: RpcHandler;
  readonly callbackHandler: CallbackHandler;
  readonly tokens: TokenManager;
  readonly authorizations: AuthorizationFlow;
  readonly registrations: Registrations;
  readonly jobs: Jobs;
  readonly readiness: ReadinessSwitch;
  /** From now on new calls are refused; those under way go on. */
  drain(): void;
  /** Ends the jobs and waits at most `graceMs` for refreshes to be saved. Answers how many rotated tokens could not be. */
  close(graceMs: number): Promise<number>;
}

/** An authorization that ended just before its row expired can still be asked how it ended. */
const KEEP_ENDED_SECONDS = 600;

/** A revoked row has no ciphertext left; it stays a while so that those who watch connections learn that it went. */
const KEEP_REVOKED_SECONDS = (7 * DAY) / SECOND;

/** Wires the rooms. Nothing runs by itself yet: the owner starts the jobs and opens the readiness. */
export const createBrokerCore = (config: BrokerConfig, parts: BrokerParts): BrokerCore => {
  const { store, logger, metrics } = parts;
  const egress = createEgress({
    ...config.egress,
    protectedPorts: parts.protectedPorts,
    timeoutMs: config.providerTimeoutSeconds * SECOND,
  });
  const callbackUrlOf = (target: { readonly namespace: string; readonly provider: string }): string =>
    callbackUrl(config.apiBase, target);
  const registrations = createRegistrations({
    registrations: config.registrations,
    skipped: config.skipped,
    providers: store.providers,
    tokens: store.tokens,
    insecureLoopback: config.egress.insecureLoopback,
    callbackUrl: callbackUrlOf,
  });
  const owner = `${hostname()}/${process.pid}/${randomToken(6)}`;
  const tokens = createTokenManager({
    store,
    registrations,
    egress,
    settings: config,
    logger,
    metrics,
    owner,
  });
  const authorizations = createAuthorizationFlow({
    authorizations: store.authorizations,
    tokens: store.tokens,
    registrations,
    egress,
    storeTokens: (authorized) => tokens.storeAuthorizedTokens(authorized),
    settings: config,
    callbackUrl: callbackUrlOf,
    clock: systemClock,
    logger,
    metrics,
  });
  const jobs = createJobs({
    work: {
      refreshDueTokens: (signal) => tokens.sweep(signal),
      deleteExpiredAuthorizations: (limit) => store.authorizations.deleteExpired(KEEP_ENDED_SECONDS, limit),
      deleteExpiredRevocations: (limit) => store.revocations.deleteExpired(limit),
      deleteRevokedTokens: (limit) => store.tokens.deleteRevoked(KEEP_REVOKED_SECONDS, limit),
      deliverRevocations: (signal) => tokens.deliverRevocations(signal),
      flushLastUsed: () => tokens.flushLastUsed(),
    },
    sweepIntervalSeconds: config.sweepIntervalSeconds,
    cleanupIntervalSeconds: config.cleanupIntervalSeconds,
    logger,
    metrics,
  });
  const readiness = createReadiness();
  let draining = false;
  return {
    rpcHandler: createRpcHandler({
      authorizations,
      tokens,
      registrations,
      authenticator: parts.authenticator,
      readiness,
      draining: () => draining,
      callTimeoutMs: config.rpcTimeoutSeconds * SECOND,
      logger,
      metrics,
    }),
    callbackHandler: createCallbackHandler({
      flow: authorizations,
      apiBase: config.apiBase,
      logger,
      metrics,
    }),
    tokens,
    authorizations,
    registrations,
    jobs,
    readiness,
    drain() {
      draining = true;
      readiness.set(false);
    },
    async close(graceMs) {
      await jobs.stop();
      const unsaved = await tokens.settle(graceMs);
      for (const { namespace, connectionId, provider } of unsaved) {
        logger.error("a refreshed token could not be saved and is lost with this process", {
          namespace,
          connection_id: connectionId,
          provider,
        });
      }
      await tokens.flushLastUsed().catch(() => 0);
      await egress.close();
      return unsaved.length;
    },
  };
};

const NOBODY = "";

/** A store on the migrated database, whose ciphertexts belong to the configured keys. @throws KeyCheckError when none of them does. */
export const prepareStore = async (
  config: Pick<BrokerConfig, "keyRing">,
  database: Database,
  logger: Logger,
): Promise<Store> => {
  const store = createStore(database, { keyRing: config.keyRing, logger });
  // One process owns an embedded database: whoever holds a lease at its start is gone.
  if (database.kind === "pglite") await store.tokens.expireForeignLeases(NOBODY);
  const { missing } = await store.keys.check();
  for (const { keyId, rows } of missing) {
    logger.warn("an encryption key that rows still use is not configured", { key_id: keyId, count: rows });
  }
  return store;
};
