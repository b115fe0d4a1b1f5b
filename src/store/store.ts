import { createSealer, type KeyRing } from "../crypto/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { AuditEventRepository } from "./audit/audit-event.ts";
import { createAuditEventRepository } from "./audit/create-audit-event-repository.ts";
import { createAuthorizationRepository } from "./authorizations/create-authorization-repository.ts";
import type { AuthorizationRepository } from "./authorizations/repository.ts";
import { type ChangeHints, createLocalHints } from "./changes/change-hints.ts";
import { createPostgresqlHints } from "./changes/postgresql-hints.ts";
import { tellOfRevisions } from "./changes/tell-of-revisions.ts";
import type { Database } from "./database/database.ts";
import { readDate } from "./database/read-row.ts";
import { createRowGuard } from "./database/row-guard.ts";
import { execute, type Sql, statement } from "./database/sql.ts";
import { createInstanceRepository, type InstanceRepository } from "./instance/instance-repository.ts";
import { createKeyRepository } from "./keys/create-key-repository.ts";
import type { KeyRepository } from "./keys/repository.ts";
import { createSolitude, type Liveness } from "./liveness/liveness.ts";
import { createOAuthClientRepository } from "./oauth-clients/create-oauth-client-repository.ts";
import type { OAuthClientRepository } from "./oauth-clients/oauth-client.ts";
import { createProviderHealthRepository } from "./provider-health/create-provider-health-repository.ts";
import type { ProviderHealthRepository } from "./provider-health/provider-health.ts";
import { createProviderRepository } from "./providers/create-provider-repository.ts";
import type { ProviderRepository } from "./providers/provider.ts";
import { createRateLimitRepository } from "./rate-limits/create-rate-limit-repository.ts";
import type { RateLimitRepository } from "./rate-limits/rate-limit.ts";
import { createRevocationRepository } from "./revocations/create-revocation-repository.ts";
import type { RevocationRepository } from "./revocations/revocation.ts";
import type { Claimer } from "./tokens/claim.ts";
import { createTokenRepository } from "./tokens/create-token-repository.ts";
import type { TokenRepository } from "./tokens/repository.ts";

export interface Store {
  readonly tokens: TokenRepository;
  readonly authorizations: AuthorizationRepository;
  readonly providers: ProviderRepository;
  readonly oauthClients: OAuthClientRepository;
  readonly revocations: RevocationRepository;
  readonly providerHealth: ProviderHealthRepository;
  readonly keys: KeyRepository;
  readonly instance: InstanceRepository;
  readonly auditEvents: AuditEventRepository;
  readonly rateLimits: RateLimitRepository;
  readonly changeHints: ChangeHints;
  /** `broker_now()`, the only clock for points in time. */
  now(): Promise<Date>;
}

export interface StoreOptions {
  /** Read at each use: a ring whose keys change takes effect at once. */
  readonly keyRing: KeyRing;
  readonly logger: Logger;
  /** What this process knows of other replicas. Default: nothing; it takes over after two lease lengths. */
  readonly liveness?: Pick<Liveness, "held" | "steadyMs" | "seesOthers">;
  /** Whether this process may claim nothing for now. Default: it may. */
  readonly paused?: () => boolean;
}

/** On a migrated database. */
export const createStore = (
  { sql, newClient }: Pick<Database, "sql"> & Partial<Pick<Database, "newClient">>,
  { keyRing, logger, liveness = createSolitude(), paused = () => false }: StoreOptions,
): Store => {
  const sealer = createSealer(keyRing);
  const guard = createRowGuard(logger);
  const changeHints = newClient ? createPostgresqlHints(sql, newClient) : createLocalHints();
  const claimer: Claimer = {
    held: () => liveness.held(),
    steadyMs: () => liveness.steadyMs(),
    seesOthers: liveness.seesOthers,
    paused,
  };
  return {
    tokens: createTokenRepository(
      tellOfRevisions(sql, () => changeHints.drawn()),
      sealer,
      guard,
      claimer,
    ),
    authorizations: createAuthorizationRepository(sql, sealer),
    providers: createProviderRepository(sql, sealer, guard),
    oauthClients: createOAuthClientRepository(sql, sealer, guard),
    revocations: createRevocationRepository(sql, sealer, guard),
    providerHealth: createProviderHealthRepository(sql),
    keys: createKeyRepository(sql, sealer, keyRing, logger),
    instance: createInstanceRepository(sql),
    auditEvents: createAuditEventRepository(sql),
    rateLimits: createRateLimitRepository(sql),
    changeHints,
    now: () => now(sql),
  };
};

const NOW = statement<never>("store.now", "select broker_now() as now");

const now = async (sql: Sql): Promise<Date> => readDate((await execute(sql, NOW, {})).rows[0] ?? {}, "now");
