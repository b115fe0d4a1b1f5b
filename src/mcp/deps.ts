import type { McpConfig } from "../config/index.ts";
import type { Egress } from "../oauth/index.ts";
import type { OAuthClientRepository, TokenRepository } from "../store/index.ts";
import type { Logger } from "../telemetry/index.ts";
import type { Clock } from "../time.ts";

export interface McpDeps {
  readonly config: McpConfig;
  readonly egress: Egress;
  readonly clients: OAuthClientRepository;
  readonly tokens: Pick<TokenRepository, "find" | "countStepUp" | "countByRegistration">;
  /** OAuth's redirect URI of a callback key. */
  callbackUrl(key: string): string;
  /** For one discovery with all that follows; at most 15 s. */
  readonly discoveryMs: number;
  /** A client whose secret ends sooner is registered anew: the flow has to end before it. */
  readonly flowSeconds: number;
  readonly clock: Clock;
  readonly logger: Logger;
}
