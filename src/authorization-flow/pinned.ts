import type { Endpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import type { RegistrationPins } from "../registrations/index.ts";
import type { AuthorizationRow, PinnedFlow, Pins } from "../store/index.ts";
import { issuerToPin, type PinnedIssuer } from "./issuer.ts";

const URLS = ["authorizeUrl", "tokenUrl", "refreshUrl", "userinfoUrl", "revokeUrl", "apiBaseUrl"] as const;

/** What a flow keeps of its provider's endpoints: the exchange goes where the person was told it would go, whatever is configured by then. */
export const pinEndpoints = (
  registration: Registration,
  endpoints: Endpoints,
): Pick<PinnedFlow, "endpoints" | "issuer"> => {
  return pinServer(endpoints, issuerToPin(registration, endpoints));
};

/** The same with an issuer that is known to be the server's own. */
export const pinServer = (
  endpoints: Endpoints,
  issuer: PinnedIssuer,
): Pick<PinnedFlow, "endpoints" | "issuer"> => ({
  endpoints: {
    ...Object.fromEntries(URLS.map((name) => [name, endpoints[name]])),
    iss: issuer.required ? "required" : "optional",
  },
  issuer: issuer.value,
});

/** What the registration of a flow is found by. */
export const registrationPins = (row: AuthorizationRow): RegistrationPins => ({
  ...row,
  tokenUrl: row.endpoints["tokenUrl"],
  revokeUrl: row.endpoints["revokeUrl"],
});

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
