import { createSealer, type KeyRing } from "../crypto/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { createAuthorizationRepository } from "./authorizations/create-authorization-repository.ts";
import type { AuthorizationRepository } from "./authorizations/repository.ts";
import type { Database } from "./database/database.ts";
import { readDate } from "./database/read-row.ts";
import { createRowGuard } from "./database/row-guard.ts";
import { execute, type Sql, statement } from "./database/sql.ts";
import { createKeyRepository } from "./keys/create-key-repository.ts";
import type { KeyRepository } from "./keys/repository.ts";
import { createSolitude } from "./liveness/liveness.ts";
import { createOAuthClientRepository } from "./oauth-clients/create-oauth-client-repository.ts";
import type { OAuthClientRepository } from "./oauth-clients/oauth-client.ts";
import { createProviderHealthRepository } from "./provider-health/create-provider-health-repository.ts";
import type { ProviderHealthRepository } from "./provider-health/provider-health.ts";
import { createProviderRepository } from "./providers/create-provider-repository.ts";
import type { ProviderRepository } from "./providers/provider.ts";
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
  /** `broker_now()`, the only clock for points in time. */
  now(): Promise<Date>;
}

export interface StoreOptions {
  /** Read at each use: a ring whose keys change takes effect at once. */
  readonly keyRing: KeyRing;
  readonly logger: Logger;
  /** What this process knows of other replicas. Default: nothing; it takes over after two lease lengths. */
  readonly liveness?: Claimer;
}

/** On a migrated database. */
export const createStore = (
  { sql }: Pick<Database, "sql">,
  { keyRing, logger, liveness = createSolitude() }: StoreOptions,
): Store => {
  const sealer = createSealer(keyRing);
  const guard = createRowGuard(logger);
  return {
    tokens: createTokenRepository(sql, sealer, guard, liveness),
    authorizations: createAuthorizationRepository(sql, sealer),
    providers: createProviderRepository(sql, sealer, guard),
    oauthClients: createOAuthClientRepository(sql, sealer, guard),
    revocations: createRevocationRepository(sql, sealer, guard),
    providerHealth: createProviderHealthRepository(sql),
    keys: createKeyRepository(sql, keyRing),
    now: () => now(sql),
  };
};

const NOW = statement<never>("store.now", "select broker_now() as now");

const now = async (sql: Sql): Promise<Date> => readDate((await execute(sql, NOW, {})).rows[0] ?? {}, "now");
