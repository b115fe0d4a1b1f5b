import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { DegradedReason, type GetTokenResponseSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { Degraded, TokenView } from "../../tokens/index.ts";

const DEGRADED_REASON: Readonly<Record<Degraded["reason"], DegradedReason>> = {
  PROVIDER_UNAVAILABLE: DegradedReason.PROVIDER_UNAVAILABLE,
  PROVIDER_MISCONFIGURED: DegradedReason.PROVIDER_MISCONFIGURED,
  REAUTHORIZATION_REQUIRED: DegradedReason.REAUTHORIZATION_REQUIRED,
  MIN_TTL_NOT_MET: DegradedReason.MIN_TTL_NOT_MET,
  STORE_UNAVAILABLE: DegradedReason.STORE_UNAVAILABLE,
};

export const fromToken = (view: TokenView): MessageInitShape<typeof GetTokenResponseSchema> => ({
  accessToken: view.accessToken,
  tokenType: view.tokenType,
  ...(view.expiresAt && { expiresAt: timestampFromDate(view.expiresAt) }),
  scopes: [...view.scopes],
  version: view.version,
  providerMetadata: view.providerMetadata,
  ...(view.degraded && { degraded: fromDegraded(view.degraded) }),
  ...(view.refreshAfter && { refreshAfter: timestampFromDate(view.refreshAfter) }),
  usage: { ...view.usage, allowedOrigins: [...view.usage.allowedOrigins] },
});

const fromDegraded = ({ reason, since, nextAttemptAt }: Degraded) => ({
  reason: DEGRADED_REASON[reason],
  since: timestampFromDate(since),
  ...(nextAttemptAt && { nextAttemptAt: timestampFromDate(nextAttemptAt) }),
});

/** Milliseconds, rounded up. A century stays a number: what is too much is the token manager's to say. */
export const toMs = (duration: Duration | undefined): number | undefined =>
  duration && Number(duration.seconds) * 1000 + Math.ceil(duration.nanos / 1_000_000);
