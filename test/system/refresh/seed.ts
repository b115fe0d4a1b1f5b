import type { NewToken, TokenRepository } from "../../../src/store/index.ts";
import type { OpenedGrant, Vendor } from "../../mock-provider/index.ts";
import type { Selector } from "../deployment.ts";

/** Where a grant was opened. */
export type SeededVendor = Pick<Vendor, "name" | "tokenUrl" | "revokeUrl">;

const NOWHERE = { namespace: "default", mcpServerUrl: "", tokenName: "" } as const;

/** A connection for a grant, straight into the database: its id is the grant's label. The sweep leaves it alone until it is made due. */
export const seedConnection = async (
  tokens: Pick<TokenRepository, "putAuthorized">,
  vendor: SeededVendor,
  grant: OpenedGrant,
  firstTokenSeconds: number,
): Promise<Selector> => {
  const selector = { connectionId: grant.label ?? "", userId: "ada", provider: vendor.name };
  await tokens.putAuthorized({ ...selector, ...NOWHERE }, seededToken(vendor, grant, firstTokenSeconds));
  return selector;
};

const seededToken = (vendor: SeededVendor, grant: OpenedGrant, firstTokenSeconds: number): NewToken => ({
  accessToken: grant.accessToken,
  refreshToken: grant.refreshToken,
  raw: "{}",
  tokenType: "Bearer",
  scopes: grant.scopes,
  requestedScopes: grant.scopes,
  providerMetadata: {},
  receivedAgoMs: 0,
  expires: { afterSeconds: firstTokenSeconds },
  nextRefresh: { afterSeconds: 24 * 3600 },
  refreshExpires: undefined,
  pins: {
    registrationId: `environment:${vendor.name}`,
    clientId: grant.clientId,
    tokenUrl: vendor.tokenUrl,
    revokeUrl: vendor.revokeUrl,
    issuer: "",
    resource: "",
    providerConfig: {},
  },
  labels: {},
  accountLabel: "",
});
