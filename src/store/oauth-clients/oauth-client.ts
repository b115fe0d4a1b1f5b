import type { Sealed } from "../../crypto/index.ts";

/** `rpc`: an operator gave it. `dynamic`: the broker registered it (RFC 7591). `document`: its id is the URL of a document of the broker's. */
export type OAuthClientOrigin = "rpc" | "dynamic" | "document";

/** Why a row is not used for new authorizations any more. */
export type RetirementReason = "refused" | "expired" | "replaced" | "deleted";

/** What a client is for. Of one that an operator gave, `resource` and `redirectUri` are empty: it serves every MCP server behind the issuer. */
export interface OAuthClientKey {
  readonly namespace: string;
  readonly issuer: string;
  readonly resource: string;
  readonly redirectUri: string;
}

/** A client as its server issued it, or an operator gave it. */
export interface NewOAuthClient {
  readonly clientId: string;
  /** The secret, or the private key of a client that signs. */
  readonly secret: string | undefined;
  /** undefined = it has none, or it does not end. */
  readonly secretExpiresAt: Date | undefined;
  /** Empty = as the server lists. */
  readonly tokenEndpointAuthMethod: string;
  readonly grantTypes: readonly string[];
  /** RFC 7592; kept for an operator's sake. */
  readonly registrationAccessToken?: string | undefined;
  /** What else is known of it, as texts. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A client with what can be read without a key. */
export interface OAuthClientRow extends OAuthClientKey {
  /** A UUID. */
  readonly id: string;
  readonly origin: OAuthClientOrigin;
  readonly clientId: string;
  readonly tokenEndpointAuthMethod: string;
  readonly grantTypes: readonly string[];
  readonly secretExpiresAt: Date | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: bigint;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
  readonly retiredReason: string;
  /** How many clients of this key the server had refused within the hour before this one. */
  readonly refusals: number;
  /** `broker_now()` of the statement that read the row. */
  readonly now: Date;
  /** Only `openSecret` can use it. */
  readonly sealedSecret: Sealed | undefined;
}

/** The right to register the client of a key, for a while. */
export interface RegistrationClaim extends OAuthClientKey {
  readonly id: string;
  readonly version: bigint;
  readonly refusals: number;
}

/** `ready`: there is a client. `claimed`: this caller registers one. `busy`: another does. */
export type ClaimedRegistration =
  | { readonly kind: "ready"; readonly client: OAuthClientRow }
  | { readonly kind: "claimed"; readonly claim: RegistrationClaim }
  | { readonly kind: "busy" };

/** Clients at authorization servers, sealed. Every method is one autocommit statement, but for a version drawn before a row is sealed. */
export interface OAuthClientRepository {
  /** The client of a key that new authorizations use. */
  find(key: OAuthClientKey): Promise<OAuthClientRow | undefined>;
  /** Retired ones as well: grants were made with them. */
  get(id: string): Promise<OAuthClientRow | undefined>;
  /** Throws `KEY_UNAVAILABLE`, also for a row that was edited. undefined = it has none. */
  openSecret(row: OAuthClientRow): string | undefined;

  /**
   * Of any number of callers in any number of replicas one gets the claim, until it completes, abandons it, or `forSeconds` have passed. A claim holds
   * no connection.
   */
  claim(key: OAuthClientKey, origin: OAuthClientOrigin, forSeconds: number): Promise<ClaimedRegistration>;
  /** undefined = the claim has lapsed and somebody else holds it. */
  complete(claim: RegistrationClaim, client: NewOAuthClient): Promise<OAuthClientRow | undefined>;
  abandon(claim: RegistrationClaim): Promise<void>;

  /** A client that an operator gives. undefined = the key has one and `replace` is not set. */
  put(key: OAuthClientKey, client: NewOAuthClient, replace: boolean): Promise<OAuthClientRow | undefined>;

  /** From now on new authorizations do not use it. False: it is retired already. */
  retire(id: string, reason: RetirementReason): Promise<boolean>;

  /** Live ones, by id. `afterId` "" = from the start. */
  list(
    namespace: string,
    options: { readonly ownOnly: boolean; readonly afterId: string; readonly limit: number },
  ): Promise<readonly OAuthClientRow[]>;
  /** What the sweep may refresh with: every client whose id a grant may pin and that its server has not refused. */
  listUsable(): Promise<readonly { readonly id: string; readonly clientId: string }[]>;
  /** Forgets clients that were retired more than `keepSeconds` ago and that no live grant was made with. Answers how many. */
  deleteRetired(keepSeconds: number, limit: number): Promise<number>;
}
