import type { Secret } from "../secret.ts";

/**
 * What makes a registration, from whichever side: environment, RPC or code. Only `name`, `clientId` and, without a template, the two URLs are always
 * needed. Left out or empty means the template's, and without one the RFC's default.
 */
export interface RegistrationInput {
  readonly name: string;
  readonly clientId: string;
  /** Left out only with `tokenEndpointAuthMethod: "none"`. */
  readonly clientSecret?: string | Secret | undefined;
  /** Tried when the current one is refused: for the time of a change. */
  readonly previousClientSecret?: string | Secret | undefined;
  /** A catalog entry whose facts apply. */
  readonly template?: string | undefined;
  readonly authorizeUrl?: string | undefined;
  /** Refreshing uses it as well. */
  readonly tokenUrl?: string | undefined;
  /** RFC 7009. */
  readonly revokeUrl?: string | undefined;
  readonly userinfoUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly defaultScopes?: readonly string[] | undefined;
  /** Values of the template's declared variables: tenant, domain, region. */
  readonly values?: Readonly<Record<string, string>> | undefined;
  /** `client_secret_basic` (the default without a template), `client_secret_post`, or `none` (a public client). */
  readonly tokenEndpointAuthMethod?: string | undefined;
  /** PKCE S256, on unless the catalog proves that the vendor breaks on it. It stays on for a public client. */
  readonly pkceRequired?: boolean | undefined;
  readonly scopeSeparator?: string | undefined;
  /** Added to the authorization request. */
  readonly extraAuthorizeParams?: Readonly<Record<string, string>> | undefined;
  /** Added to the code exchange and to every refresh. */
  readonly extraTokenParams?: Readonly<Record<string, string>> | undefined;
  /** Also offered for user login. */
  readonly loginEnabled?: boolean | undefined;
  /** Ids of the tenants whose people may log in, or `*`. */
  readonly loginTenants?: readonly string[] | undefined;
  /** When the client secret ends at the vendor, for whoever has to make the next. */
  readonly clientSecretExpiresAt?: Date | undefined;
}

export type RegistrationField = keyof RegistrationInput;

/** Something wrong with one field, told in terms of the input; each side translates the field into its own name. Holds no value. */
export interface FieldProblem {
  readonly field: RegistrationField;
  /** The entry of a map (`values`, the extra parameters) that is meant. */
  readonly key?: string;
  /** `missing`: it would do with one more setting. `invalid`: what is there cannot stay. */
  readonly kind: "missing" | "invalid";
  readonly problem: string;
  readonly cure: string;
}
