import type { GrantKey, Pins } from "../grant.ts";
import type { SealedToken } from "../tokens/token.ts";

/** A token set whose grant ended here and whose vendor is still to be told. Leased to whoever holds it. */
export interface QueuedRevocation extends GrantKey {
  readonly id: string;
  /** The token's, part of its seal. */
  readonly version: bigint;
  readonly pins: Pins;
  readonly providerMetadata: Readonly<Record<string, string>>;
  /** Calls made before this one. */
  readonly attempts: number;
  readonly leaseOwner: string;
  /** 24 hours after the grant ended: given up then. */
  readonly expiresAt: Date;
  readonly now: Date;
  readonly sealed: SealedToken;
}

/** A token set that has no row. */
export interface OrphanToken {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly pins: Pins;
  readonly providerMetadata: Readonly<Record<string, string>>;
}

/** The vendor revocations still to be made. A revoked grant enters in the statement that ends it (`tokens.revoke`). */
export interface RevocationRepository {
  /** Throws `KEY_UNAVAILABLE`. */
  openAccessToken(revocation: QueuedRevocation): string;
  /** Throws `KEY_UNAVAILABLE`. */
  openRefreshToken(revocation: QueuedRevocation): string | undefined;

  /** For tokens that never became a row: a refresh that lost to a revocation, an exchange whose grant was refused. `version` must be unused (a claim's `nextVersion`); undefined draws one. */
  enqueue(key: GrantKey, orphan: OrphanToken, version?: bigint): Promise<void>;

  claimDue(due: {
    readonly limit: number;
    readonly owner: string;
    readonly leaseSeconds: number;
  }): Promise<readonly QueuedRevocation[]>;

  /** The vendor was told, or never can be: the tokens are erased. */
  done(revocation: QueuedRevocation): Promise<void>;

  retryLater(revocation: QueuedRevocation, afterSeconds: number): Promise<void>;

  /** Erases what is older than 24 hours. Answers how many; call again while it is `limit`. */
  deleteExpired(limit: number): Promise<number>;
}
