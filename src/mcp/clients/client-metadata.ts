import { AUTHORIZATION_CODE, isLoopbackHost, REFRESH_TOKEN } from "../../config/index.ts";

/** What a client says of itself, in a registration (RFC 7591 section 2) and in a document alike: JSON. */
export type ClientMetadata = {
  readonly client_name: string;
  readonly redirect_uris: string[];
  readonly grant_types: string[];
  readonly response_types: string[];
  readonly token_endpoint_auth_method: string;
  /** OpenID Connect Dynamic Client Registration section 2: native clients may come back to loopback. */
  readonly application_type: "web" | "native";
};

export const GRANT_TYPES: readonly string[] = [AUTHORIZATION_CODE, REFRESH_TOKEN];

/** `host` empty = for many servers. The person reads on the consent page where the token goes. */
export const clientNameOf = (name: string, host: string): string =>
  host === "" ? name : `${name} (${host})`;

export const clientMetadata = (
  name: string,
  host: string,
  redirectUri: string,
  method: string,
): ClientMetadata => ({
  client_name: clientNameOf(name, host),
  redirect_uris: [redirectUri],
  grant_types: [...GRANT_TYPES],
  response_types: ["code"],
  token_endpoint_auth_method: method,
  application_type: isLoopbackHost(new URL(redirectUri).hostname) ? "native" : "web",
});
