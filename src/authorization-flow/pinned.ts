import type { Endpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import type { AuthorizationRow, PinnedFlow, Pins } from "../store/index.ts";
import { issuerToPin, type PinnedIssuer } from "./issuer.ts";

const URLS = ["authorizeUrl", "tokenUrl", "refreshUrl", "userinfoUrl", "revokeUrl", "apiBaseUrl"] as const;

/** What a flow keeps of its provider's endpoints: the exchange goes where the person was told it would go, whatever is configured by then. */
export const pinEndpoints = (
  registration: Registration,
  endpoints: Endpoints,
): Pick<PinnedFlow, "endpoints" | "issuer"> => {
  const issuer = issuerToPin(registration, endpoints);
  return {
    endpoints: {
      ...Object.fromEntries(URLS.map((name) => [name, endpoints[name]])),
      iss: issuer.required ? "required" : "optional",
    },
    issuer: issuer.value,
  };
};

export const pinnedIssuer = (row: AuthorizationRow): PinnedIssuer => ({
  value: row.issuer,
  required: row.endpoints["iss"] === "required",
});

/** The endpoints that a flow keeps, and of today's what it does not. */
export const pinnedEndpoints = (row: AuthorizationRow, today?: Endpoints): Endpoints => {
  const url = (name: (typeof URLS)[number]): string => row.endpoints[name] ?? "";
  return {
    authorizeUrl: url("authorizeUrl"),
    tokenUrl: url("tokenUrl"),
    refreshUrl: url("refreshUrl"),
    userinfoUrl: url("userinfoUrl"),
    revokeUrl: url("revokeUrl"),
    apiBaseUrl: url("apiBaseUrl"),
    issuer: row.issuer === "" ? undefined : { value: row.issuer, verified: true },
    allowedOrigins: today?.allowedOrigins ?? [],
    afterExchangeUrl: today?.afterExchangeUrl ?? "",
    callUrls: today?.callUrls ?? {},
    texts: today?.texts ?? {},
  };
};

/** The pins of the token row that this flow ends in, where the callback may have added to the connection's configuration. */
export const pinsOf = (
  row: AuthorizationRow,
  { tokenUrl, revokeUrl }: Pick<Endpoints, "tokenUrl" | "revokeUrl">,
  config: Readonly<Record<string, string>>,
): Pins => ({
  registrationId: row.registrationId,
  clientId: row.clientId,
  tokenUrl,
  revokeUrl,
  issuer: row.issuer,
  resource: row.resource,
  providerConfig: { ...row.providerConfig, ...config },
});
