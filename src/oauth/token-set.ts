/** What a token endpoint granted, in one form for every provider. Times are lengths from the moment of receipt: no clock of a vendor is believed. */
export interface TokenSet extends OneToken {
  /**
   * Further tokens of the same answer, each under a name that no other has (`tokenAnswer.tokens`). After an exchange only: a refresh concerns the token
   * that it was made for.
   */
  readonly more?: readonly NamedTokenSet[];
}

export interface NamedTokenSet extends OneToken {
  readonly name: string;
}

interface OneToken {
  /** 1 to 65,536 visible ASCII characters. */
  readonly accessToken: string;
  /** Always "Bearer": a token that needs a proof of possession is refused, not stored. */
  readonly tokenType: string;
  /** Undefined when the answer brought none: the stored one stays valid. */
  readonly refreshToken: string | undefined;
  /** 0 = already over; undefined = the vendor does not say and the catalog does not know. At most ten years. */
  readonly expiresInSeconds: number | undefined;
  /** What the answer says, if it says anything; the catalog's limits are not in it. */
  readonly refreshExpiresInSeconds: number | undefined;
  /** After an exchange: the answer's, else those asked for (RFC 6749 section 5.1). After a refresh undefined means unchanged (section 6). */
  readonly scopes: readonly string[] | undefined;
  /** The answer as a JSON object's text, as the vendor wrote it (a form-encoded one re-written). Holds the tokens. */
  readonly raw: string;
  /** What the catalog keeps for callers of the answer and its ID token (`definition.metadata`). */
  readonly metadata: Readonly<Record<string, string>>;
}
