import type { MockProvider } from "./mock-provider.ts";
import type { Vendor } from "./vendor.ts";

/**
 * What declares the vendors to a broker: each under its path prefix, with its first client. The vendor at the root is `mock`.
 */
export const brokerEnvironment = (
  provider: Pick<MockProvider, "vendors" | "port">,
): Record<string, string> => {
  const vendors = [...provider.vendors.values()];
  return {
    CONNECT_PROVIDERS: vendors.map(registrationName).join(","),
    ...Object.fromEntries(vendors.flatMap(declarationOf)),
    BROKER_ALLOW_INSECURE_LOOPBACK: `127.0.0.1:${provider.port}`,
  };
};

const registrationName = ({ name }: Vendor): string => (name === "" ? "mock" : name);

const declarationOf = (vendor: Vendor): [string, string][] => {
  const prefix = `CONNECT_${registrationName(vendor).toUpperCase().replaceAll("-", "_")}`;
  const [client] = Object.entries(vendor.settings.clients);
  const [clientId, clientSecret] = client ?? ["", undefined];
  return [
    [`${prefix}_CLIENT_ID`, clientId],
    clientSecret === undefined
      ? [`${prefix}_TOKEN_ENDPOINT_AUTH_METHOD`, "none"]
      : [`${prefix}_CLIENT_SECRET`, clientSecret],
    [`${prefix}_AUTHORIZE_URL`, vendor.authorizeUrl],
    [`${prefix}_TOKEN_URL`, vendor.tokenUrl],
    [`${prefix}_REVOKE_URL`, vendor.revokeUrl],
    [`${prefix}_USERINFO_URL`, vendor.userinfoUrl],
  ];
};
