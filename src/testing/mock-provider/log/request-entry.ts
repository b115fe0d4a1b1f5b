import type { ServerResponse } from "node:http";
import type { Instant } from "../clock.ts";
import type { ProviderEndpoint, ProviderRequest } from "../request.ts";
import type { Outcome } from "../respond.ts";
import type { ServedVendor } from "../vendor.ts";
import { fingerprint } from "./fingerprint.ts";
import type { NewLogEntry, RequestEntry, Verdict } from "./log-entry.ts";

/** A request with everything that became of it. */
export interface Exchange {
  readonly vendor: ServedVendor;
  readonly request: ProviderRequest;
  readonly outcome: Outcome;
  readonly response: ServerResponse;
  readonly start: Instant;
  readonly processed: Instant;
  readonly end: Instant;
  readonly providerMs: number;
}

/** Requests about tokens. */
export const isLogged = (endpoint: ProviderEndpoint): endpoint is RequestEntry["kind"] =>
  endpoint === "token" || endpoint === "revoke";

export const requestEntry = (exchange: Exchange, kind: RequestEntry["kind"]): NewLogEntry => {
  const { vendor, request, outcome, response, start, processed, end, providerMs } = exchange;
  const { deed, holder, script } = outcome;
  const issued = deed?.issued;
  return {
    kind,
    vendor: vendor.name,
    clientId: request.client.clientId,
    grantType: request.params["grant_type"] ?? "",
    grantId: holder?.grantId ?? issued?.grantId,
    label: holder?.label,
    presented: request.fingerprint,
    presentedGeneration: holder?.generation,
    verdict: outcome.verdict as Verdict,
    reason: deed?.reason,
    script,
    issued: issued?.refreshToken === undefined ? undefined : fingerprint(issued.refreshToken),
    issuedGeneration: issued?.generation,
    issuedAccessToken: issued && fingerprint(issued.accessToken),
    delivered: response.writableFinished,
    status: response.headersSent ? response.statusCode : undefined,
    startUs: start.monotonicUs,
    processedUs: processed.monotonicUs,
    endUs: end.monotonicUs,
    startWallUs: start.wallUs,
    endWallUs: end.wallUs,
    providerMs,
  };
};
