import type { VendorSettings } from "./settings.ts";
import type { VendorUrls } from "./vendor.ts";

/** What has to be known of vendors to declare them. A `MockProvider` is one. */
export interface DeclaredProvider {
  readonly port: number;
  readonly vendors: ReadonlyMap<string, DeclaredVendor>;
}

export interface DeclaredVendor extends VendorUrls {
  readonly name: string;
  readonly settings: Pick<VendorSettings, "clients">;
}

/**
 * What declares the vendors to a broker: each under its path prefix, with its first client. The vendor at the root is `mock`.
 */
export const brokerEnvironment = (provider: DeclaredProvider): Record<string, string> => {
  const vendors = [...provider.vendors.values()];
  return {
    CONNECT_PROVIDERS: vendors.map(registrationName).join(","),
    ...Object.fromEntries(vendors.flatMap(declarationOf)),
    BROKER_ALLOW_INSECURE_LOOPBACK: `127.0.0.1:${provider.port}`,
  };
};

const registrationName = ({ name }: DeclaredVendor): string => (name === "" ? "mock" : name);

const declarationOf = (vendor: DeclaredVendor): [string, string][] => {
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
