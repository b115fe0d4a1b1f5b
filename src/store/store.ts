import type { AuthorizationRepository } from "./authorizations/repository.ts";
import type { KeyRepository } from "./keys/repository.ts";
import type { ProviderRepository } from "./providers/provider.ts";
import type { RevocationRepository } from "./revocations/revocation.ts";
import type { TokenRepository } from "./tokens/repository.ts";

export interface Store {
  readonly tokens: TokenRepository;
  readonly authorizations: AuthorizationRepository;
  readonly providers: ProviderRepository;
  readonly revocations: RevocationRepository;
  readonly keys: KeyRepository;
  /** `broker_now()`, the only clock for points in time. */
  now(): Promise<Date>;
}
