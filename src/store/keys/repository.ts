import { OperatorError } from "../../errors.ts";

/** A key that rows still name and that is not configured: those rows answer `KEY_UNAVAILABLE`. */
export interface MissingKey {
  readonly keyId: string;
  /** Ciphertexts that name it. */
  readonly rows: number;
}

/** What a key of this database is needed for. */
export interface KeyUse {
  readonly keyId: string;
  /** Ciphertexts that name it. */
  readonly ciphertexts: number;
  /** undefined = ciphertexts name it, and no replica ever started with it as its first key. */
  readonly firstUsedAt: Date | undefined;
  /** When a replica last started with it as its first key. */
  readonly lastUsedAt: Date | undefined;
}

/** How far a pass over all tables has come. */
export interface ResealCursor {
  readonly table: number;
  /** The last row that was looked at; undefined = none of this table yet. */
  readonly id: string | undefined;
}

export interface ResealedBatch {
  /** Where the next batch begins; undefined = the pass is over. */
  readonly next: ResealCursor | undefined;
  /** Rows that were looked at. */
  readonly rows: number;
  /** Ciphertexts that have the primary key now. */
  readonly resealed: number;
  /** Ciphertexts that do not open: their key is not configured, or somebody changed them. They stay as they are. */
  readonly unreadable: number;
}

export interface KeyRepository {
  /**
   * At boot, and again when the key file changed. Throws `KeyCheckError`, having changed nothing, when the database knows keys and no
   * configured one is among them. Else registers the primary key and answers which keys are missed.
   */
  check(): Promise<{ readonly missing: readonly MissingKey[] }>;

  /** Every key that a ciphertext names or that a replica ever sealed with, by id. Reads all tables. */
  uses(): Promise<readonly KeyUse[]>;

  /**
   * Seals up to `limit` rows of one table anew with the primary key. Compare-and-set on `version` and on the ciphertexts: a row that changes meanwhile is
   * left to its writer. Moves neither `version` nor `revision`.
   */
  reseal(after: ResealCursor | undefined, limit: number): Promise<ResealedBatch>;
}

/** The configured keys open nothing in this database: the wrong database, or the wrong keys. */
export class KeyCheckError extends OperatorError {
  constructor(knownKeyIds: readonly string[], configuredKeyIds: readonly string[]) {
    super(
      `none of the configured encryption keys (${configuredKeyIds.join(", ")}) belongs to this database, which was written with ` +
        `${knownKeyIds.join(", ")}: put one of those keys into CONNECT_TOKEN_ENCRYPTION_KEY, or use another database`,
    );
    this.name = "KeyCheckError";
  }
}
