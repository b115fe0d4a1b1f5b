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

export const pinnedEndpoints = (row: AuthorizationRow): Endpoints => {
  const url = (name: (typeof URLS)[number]): string => row.endpoints[name] ?? "";
  return {
    authorizeUrl: url("authorizeUrl"),
    tokenUrl: url("tokenUrl"),
    refreshUrl: url("refreshUrl"),
    userinfoUrl: url("userinfoUrl"),
    revokeUrl: url("revokeUrl"),
    apiBaseUrl: url("apiBaseUrl"),
    issuer: row.issuer === "" ? undefined : { value: row.issuer, verified: true },
    allowedOrigins: [],
  };
};

/** The pins of the token row that this flow ends in. */
export const pinsOf = (row: AuthorizationRow): Pins => ({
  registrationId: row.registrationId,
  clientId: row.clientId,
  tokenUrl: row.endpoints["tokenUrl"] ?? "",
  revokeUrl: row.endpoints["revokeUrl"] ?? "",
  issuer: row.issuer,
  resource: row.resource,
  providerConfig: row.providerConfig,
});
