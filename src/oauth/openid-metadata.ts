import * as oauth from "oauth4webapi";
import { type Clock, MINUTE } from "../time.ts";
import type { Trust } from "./client.ts";
import type { Egress } from "./egress.ts";
import { IdentityFailure } from "./identity-failure.ts";

/** Where an OpenID provider says that its keys and its userinfo are. */
export interface OpenIdMetadata {
  /** As the provider spells it, a slash at the end or none. */
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Empty = it has none. */
  readonly userinfoUrl: string;
}

/** @throws IdentityFailure `metadata`. */
export type DiscoverOpenId = (issuer: string, trust: Trust) => Promise<OpenIdMetadata>;

const KEEP_MS = 5 * MINUTE;
const MAX_ISSUERS = 1000;

/** OpenID Connect Discovery section 4, for an issuer that the operator wrote down. The answer must name the same issuer (section 4.3). */
export const createOpenIdDiscovery = (egress: Egress, clock: Clock): DiscoverOpenId => {
  const known = new Map<string, { readonly metadata: OpenIdMetadata; readonly untilMs: number }>();
  return async (issuer, trust) => {
    const name = `${trust} ${issuer}`;
    const kept = known.get(name);
    if (kept && kept.untilMs > clock.monotonicMs()) return kept.metadata;
    const metadata = await discover(egress, issuer, trust);
    if (known.size >= MAX_ISSUERS) known.clear();
    known.set(name, { metadata, untilMs: clock.monotonicMs() + KEEP_MS });
    return metadata;
  };
};

const discover = async (egress: Egress, issuer: string, trust: Trust): Promise<OpenIdMetadata> => {
  try {
    const response = await oauth.discoveryRequest(new URL(issuer), {
      algorithm: "oidc",
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (url: string) =>
        egress.fetch(
          url,
          { method: "GET", headers: { accept: "application/json" }, redirect: "manual" },
          { trust },
        ),
    });
    const server = await oauth.processDiscoveryResponse(new URL(issuer), response);
    const [jwksUrl, userinfoUrl] = [urlOf(server.jwks_uri), urlOf(server.userinfo_endpoint)];
    if (jwksUrl !== "") return { issuer: server.issuer, jwksUrl, userinfoUrl };
  } catch {
    throw new IdentityFailure("metadata");
  }
  throw new IdentityFailure("metadata");
};

const urlOf = (value: unknown): string => (typeof value === "string" && URL.canParse(value) ? value : "");
