import type { GrantKey } from "../grant.ts";
import type { TokenUpdate } from "../tokens/token.ts";

/** A refreshed token on its way into its row. */
export interface SpooledToken {
  readonly key: GrantKey;
  /** The row, as the claim found it. */
  readonly id: string;
  readonly version: bigint;
  /** What the row's version becomes. */
  readonly nextVersion: bigint;
  readonly update: Omit<TokenUpdate, "receivedAgoMs">;
  /** By the database's clock. */
  readonly receivedAt: Date;
}

/** Names one file of the spool: no other token gets this version. */
export type SpooledName = Pick<SpooledToken, "id" | "nextVersion">;

/**
 * Refreshed tokens that the database has not taken yet, one sealed file each, in a directory that outlives the process. A file may be read at any later
 * time and by any replica: whether it is still of use is decided by the row's version alone.
 */
export interface Spool {
  /** Resolves when the token is on disk, there to stay. Throws an Error whose code is the system's. */
  put(token: SpooledToken): Promise<void>;
  /** What is not there is removed. */
  remove(name: SpooledName): Promise<void>;
  /** Everything that opens. A file that does not (torn, renamed, of a key that is not configured) is logged and stays. */
  read(): Promise<readonly SpooledToken[]>;
}
