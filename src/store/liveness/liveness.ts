import { hostname } from "node:os";
import { randomToken } from "../../crypto/index.ts";

/**
 * What tells replicas of each other's death. Each holds an advisory lock of the database on a connection of its own, and names the lock in
 * `owner`: when the process dies, the server frees the lock, and its leases need not run out.
 *
 * Laws:
 * - Who is not sure to hold its lock claims nothing: others may take its leases for a dead process's.
 * - Who takes over after a lease has run out has itself had the database for so long that an owner who came back with it has saved what it had.
 */
export interface Liveness {
  /** This process's name in leases; another one at each start. */
  readonly owner: string;
  /** False = there is no lock to look at: the store has one process, or one that does not take part. */
  readonly seesOthers: boolean;
  /** Whether this process may claim. */
  held(): boolean;
  /** How long the lock has been held without a gap or a sign of trouble; Infinity where there is none. */
  steadyMs(): number;
  /** Calls back when another replica's lock is gone: it ended, in whatever way. */
  onPeerGone(listener: () => void): void;
  /** Frees the lock. Only when nothing of this process waits to be saved any more. */
  close(): Promise<void>;
}

/** An owner whose lock is not to be looked at. */
const NO_LOCK = 0;

export const newOwner = (lockId: number = NO_LOCK): string =>
  `${hostname()}/${process.pid}/${randomToken(6)}@${lockId}`;

/** "tblv" in ASCII: the class of the liveness locks among the database's advisory locks. */
export const LOCK_CLASS = 1952607350;

/** Of all replicas on this database; `objsubid` 2 marks the locks that have two numbers. */
export const HELD_LOCKS = `pg_locks l where l.locktype = 'advisory' and l.classid = ${LOCK_CLASS} and l.objsubid = 2 and l.granted
  and l.database = (select d.oid from pg_database d where d.datname = current_database())`;

const OWN_LOCK = "@([1-9][0-9]{0,9})$";

/** SQL: the lock that the owner names is free. False where it names none: replicas of the version before hold no locks. */
export const ownerIsGone = (owner: string): string =>
  `(${owner} ~ '${OWN_LOCK}' and substring(${owner} from '${OWN_LOCK}')::bigint not in (select l.objid::bigint from ${HELD_LOCKS}))`;

/** SQL: the owner is of a version that writes down when its claim began. */
export const recordsBeginning = (owner: string): string => `${owner} ~ '@[0-9]{1,10}$'`;

/** The one process of an embedded database, or a store that takes no part. */
export const createSolitude = (owner: string = newOwner()): Liveness => ({
  owner,
  seesOthers: false,
  held: () => true,
  steadyMs: () => Infinity,
  onPeerGone: () => {},
  close: async () => {},
});
