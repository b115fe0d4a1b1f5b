import { completeDefinition, type ProviderDefinition } from "./definition.ts";

export interface PlainProvider {
  readonly name: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly scopes?: readonly string[];
}

/**
 * A provider that the catalog does not know: RFC 6749 and RFC 7636 to the letter. The client authenticates
 * with `client_secret_basic` (RFC 6749 section 2.3.1), PKCE S256 is on, scopes are separated by spaces and
 * the answer is trusted to list them.
 */
export const plainDefinition = ({
  name,
  authorizeUrl,
  tokenUrl,
  scopes = [],
}: PlainProvider): ProviderDefinition => ({
  ...completeDefinition({
    name,
    displayName: name,
    category: "other",
    confidence: "unverified",
    sources: [],
    reviewed: "",
    authorizeUrl,
    tokenUrl,
    pkce: "unknown",
    clientAuthentication: { method: "client_secret_basic" },
    scopes: { default: [...scopes] },
  }),
  confidence: "operator",
});
