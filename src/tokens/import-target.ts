import { type Endpoints, splitScopes } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { invalidField } from "../errors.ts";
import { pinsOf } from "../registrations/index.ts";
import type { GrantKey, Moment, NewToken, Pins } from "../store/index.ts";
import { accountLabel } from "./account-label.ts";
import { grantKey } from "./grant-key.ts";
import type { ImportDeps, ImportTokenRequest } from "./import-token.ts";
import { type MergeContext, nextRefreshBefore } from "./merge.ts";

/** Where the tokens go, and with which provider. */
export interface ImportTarget {
  readonly key: GrantKey;
  readonly registration: Registration;
  readonly endpoints: Endpoints;
  readonly pins: Pins;
  readonly context: MergeContext;
}

/** @throws BrokerError INVALID_REQUEST, PROVIDER_NOT_FOUND. */
export const importTarget = async (
  { registrations, mcp, sweepHorizonMs }: ImportDeps,
  request: ImportTokenRequest,
): Promise<ImportTarget> => {
  const key = grantKey(request);
  if (key.mcpServerUrl !== "") return await mcpImportTarget(mcp, sweepHorizonMs, key, request);
  const registration = await registrations.resolve(key.namespace, key.provider);
  const providerConfig = registrations.checkProviderConfig(registration, request.providerConfig ?? {});
  const endpoints = registrations.endpointsFor(registration, providerConfig);
  const pins = pinsOf(registration, endpoints, providerConfig);
  return {
    key,
    registration,
    endpoints,
    pins,
    context: { rules: registration.definition.refresh, sweepHorizonMs },
  };
};

/** Whoever refreshes the tokens must be the client that they were issued to, and only an operator can say which that is. */
const mcpImportTarget = async (
  mcp: ImportDeps["mcp"],
  sweepHorizonMs: number,
  key: GrantKey,
  request: ImportTokenRequest,
): Promise<ImportTarget> => {
  if (Object.keys(request.providerConfig ?? {}).length > 0)
    throw invalidField("provider_config", "is for providers that declare variables: an MCP server has none");
  const { registration, endpoints, pins } = await mcp.preRegistered({
    grant: key,
    given: {},
    scopes: [],
    grantType: undefined,
  });
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
