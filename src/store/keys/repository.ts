/** A key that rows still name and that is not configured: those rows answer `KEY_UNAVAILABLE`. */
export interface MissingKey {
  readonly keyId: string;
  /** Ciphertexts that name it. */
  readonly rows: number;
}

export interface KeyRepository {
  /**
   * At boot, and again when the key file changed. Throws `KeyCheckError`, having changed nothing, when the database knows keys and no
   * configured one is among them. Else registers the primary key and answers which keys are missed.
   */
  check(): Promise<{ readonly missing: readonly MissingKey[] }>;
}

/** The configured keys open nothing in this database: the wrong database, or the wrong keys. */
export class KeyCheckError extends Error {
  constructor(knownKeyIds: readonly string[], configuredKeyIds: readonly string[]) {
    super(
      `none of the configured encryption keys (${configuredKeyIds.join(", ")}) belongs to this database, which was written with ` +
        `${knownKeyIds.join(", ")}: put one of those keys into CONNECT_TOKEN_ENCRYPTION_KEY, or use another database`,
    );
    this.name = "KeyCheckError";
  }
}
