import { type Endpoints, splitScopes } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { GrantKey, Moment, NewToken, Pins } from "../store/index.ts";
import { accountLabel } from "./account-label.ts";
import { grantKey } from "./grant-key.ts";
import type { ImportTokenRequest } from "./import-token.ts";
import { type MergeContext, nextRefreshBefore } from "./merge.ts";

/** Where the tokens go, and with which provider. */
export interface ImportTarget {
  readonly key: GrantKey;
  readonly registration: Registration;
  readonly endpoints: Endpoints;
  readonly pins: Pins;
  readonly context: MergeContext;
}

/** @throws BrokerError INVALID_REQUEST, NOT_AVAILABLE, PROVIDER_NOT_FOUND. */
export const importTarget = async (
  registrations: Registrations,
  sweepHorizonMs: number,
  request: ImportTokenRequest,
): Promise<ImportTarget> => {
  const key = grantKey(request);
  const registration = await registrations.resolve(key.namespace, key.provider);
  const providerConfig = registrations.checkProviderConfig(registration, request.providerConfig ?? {});
  const endpoints = registrations.endpointsFor(registration, providerConfig);
  const pins: Pins = {
    registrationId: registration.id,
    clientId: registration.clientId,
    tokenUrl: endpoints.tokenUrl,
    revokeUrl: endpoints.revokeUrl,
    issuer: endpoints.issuer?.value ?? "",
    resource: "",
    providerConfig,
  };
  return {
    key,
    registration,
    endpoints,
    pins,
    context: { rules: registration.definition.refresh, sweepHorizonMs },
  };
};

/** The tokens as they were given. */
export const importedToken = (
  { pins, context, registration }: ImportTarget,
  request: ImportTokenRequest,
): NewToken => {
  const { expiresAt, refreshExpiresAt } = request;
  const { useAccessToken } = registration.definition.tokenRequest.refreshGrant;
  const token = request.refreshToken || (useAccessToken ? request.accessToken : undefined);
  const scopes = importedScopes(request);
  return {
    accessToken: request.accessToken,
    refreshToken: token,
    raw: "{}",
    tokenType: tokenTypeOf(request),
    scopes,
    requestedScopes: scopes,
    providerMetadata: request.providerMetadata ?? {},
    pins,
    labels: request.labels ?? {},
    callerId: request.callerId,
    accountLabel: accountLabel(registration.definition.metadata, request.providerMetadata ?? {}),
    receivedAgoMs: 0,
    expires: atOrNever(expiresAt),
    refreshExpires: atOrNever(refreshExpiresAt),
    nextRefresh: expiresAt && token !== undefined ? nextRefreshBefore(expiresAt, context) : undefined,
  };
};

export const importedScopes = ({ scopes = [] }: ImportTokenRequest): string[] => [
  ...new Set(scopes.flatMap(splitScopes)),
];

/** Vendors write it in either case (RFC 6749 section 5.1: case-insensitive). */
const tokenTypeOf = ({ tokenType = "" }: ImportTokenRequest): string =>
  tokenType === "" || /^bearer$/i.test(tokenType) ? "Bearer" : tokenType;

const atOrNever = (at: Date | undefined): Moment | undefined => at && { at };
