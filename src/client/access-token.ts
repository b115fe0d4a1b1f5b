import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import {
  type Degraded,
  DegradedReasonSchema,
  type GetTokenResponse,
} from "../../gen/ts-client/tokenbroker/v1/token_pb.ts";

/** How a request to the provider carries the token. */
export interface TokenUsage {
  readonly headerName: string;
  /** Before the token, with its space: "Bearer ". */
  readonly headerPrefix: string;
  /** Empty = unknown. */
  readonly apiBaseUrl: string;
  /** Origins the token may be sent to; empty = unknown. */
  readonly allowedOrigins: readonly string[];
}

/** The token works; this says why it may not be followed by another. */
export interface TokenDegradation {
  /** `PROVIDER_UNAVAILABLE`, `PROVIDER_MISCONFIGURED`, `REAUTHORIZATION_REQUIRED`, `MIN_TTL_NOT_MET`, `STORE_UNAVAILABLE`, or what a newer broker says. */
  readonly reason: string;
  readonly since: Date | undefined;
  readonly nextAttemptAt: Date | undefined;
}

export interface AccessToken {
  readonly accessToken: string;
  readonly tokenType: string;
  /** Names this token: grows with every new one, never repeats. */
  readonly version: bigint;
  readonly scopes: readonly string[];
  /** undefined = the provider did not say, or it does not end. */
  readonly expiresAt: Date | undefined;
  /** From when on the broker wants to be asked again; undefined = every time. */
  readonly refreshAfter: Date | undefined;
  /** What the provider said beside the token: instance URL, tenant, account ids. */
  readonly providerMetadata: Readonly<Record<string, string>>;
  readonly degraded: TokenDegradation | undefined;
  readonly usage: TokenUsage;
}

export const toAccessToken = (response: GetTokenResponse): AccessToken => ({
  accessToken: response.accessToken,
  tokenType: response.tokenType,
  version: response.version,
  scopes: response.scopes,
  expiresAt: dateOf(response.expiresAt),
  refreshAfter: dateOf(response.refreshAfter),
  providerMetadata: response.providerMetadata,
  degraded: response.degraded && toDegradation(response.degraded),
  usage: {
    headerName: response.usage?.headerName || "Authorization",
    headerPrefix: response.usage?.headerPrefix ?? "Bearer ",
    apiBaseUrl: response.usage?.apiBaseUrl ?? "",
    allowedOrigins: response.usage?.allowedOrigins ?? [],
  },
});

const dateOf = (time: Timestamp | undefined): Date | undefined => time && timestampDate(time);

const toDegradation = ({ reason, since, nextAttemptAt }: Degraded): TokenDegradation => ({
  reason: DegradedReasonSchema.value[reason]?.localName ?? String(reason),
  since: dateOf(since),
  nextAttemptAt: dateOf(nextAttemptAt),
});

/** As the broker does: closer to its end, a token could die on the way. */
const MARGIN_MS = 10_000;

/** Milliseconds until it is too close to its end to be used; infinite where no end is known. `heldSinceMs`: when it came here. */
export const usableForMs = ({ expiresAt }: AccessToken, heldSinceMs: number, nowMs: number): number => {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
  const endMs = expiresAt.getTime();
  return endMs - Math.min(MARGIN_MS, Math.max(0, endMs - heldSinceMs) / 10) - nowMs;
};
