import type { Budget } from "./budget.ts";
import type { BearerChallenge } from "./challenge.ts";
import type { CROSS_DOMAIN } from "./cross-domain.ts";
import type { ServerMetadata } from "./server-metadata.ts";

/** A challenge as the caller met it. */
export interface GivenChallenge {
  /** `WWW-Authenticate`; several lines joined by commas. */
  readonly wwwAuthenticate?: string | undefined;
  /** 0 or absent = not known. */
  readonly httpStatus?: number | undefined;
}

/** What may be wrong and was let pass. */
export type Warning = typeof CROSS_DOMAIN | "legacy_discovery" | "pkce_assumed";

/** Everything an authorization needs to know of a server. Nothing of it is kept beyond the flow that it was fetched for. */
export interface Discovered {
  readonly serverUrl: string;
  readonly challenge: BearerChallenge | undefined;
  /** As published; empty = a server of 2025-03-26, which publishes none. */
  readonly resource: string;
  readonly resourceMetadataUrl: string;
  readonly authorizationServers: readonly string[];
  readonly scopesOfResource: readonly string[] | undefined;
  readonly server: ServerMetadata;
  readonly warnings: readonly Warning[];
  /** What is left of the time. */
  readonly budget: Budget;
}
