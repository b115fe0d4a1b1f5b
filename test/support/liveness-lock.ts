import { randomInt } from "node:crypto";
import type { Database } from "../../src/store/index.ts";

/** The class of the brokers' liveness locks. */
const LOCK_CLASS = 1952607350;

export interface HeldLivenessLock extends AsyncDisposable {
  readonly lockId: number;
  /** An owner of leases who holds the lock. */
  readonly owner: string;
  /** As the server does when the owner's process dies. */
  release(): Promise<void>;
}

/** The lock of a replica that lives as long as the test says; on PGlite it is held on the one connection there is. */
export const holdLivenessLock = async ({ newClient, sql }: Database): Promise<HeldLivenessLock> => {
  const lockId = randomInt(1, 2 ** 31);
  const owner = `host/1/AbCdEf@${lockId}`;
  const lock = [LOCK_CLASS, lockId];
  if (newClient === undefined) {
    await sql.run("", "select pg_advisory_lock($1::int, $2::int)", lock);
    const release = async (): Promise<void> => {
      await sql.run("", "select pg_advisory_unlock($1::int, $2::int)", lock);
    };
    return { lockId, owner, release, [Symbol.asyncDispose]: release };
  }
  const client = newClient({});
  await client.connect();
  await client.query("select pg_advisory_lock($1::int, $2::int)", lock);
  // The server frees the lock a moment after it has answered the goodbye.
  const release = async (): Promise<void> => {
    await client.query("select pg_advisory_unlock_all()");
    await client.end();
  };
  let released: Promise<void> | undefined;
  const once = () => (released ??= release());
  return { lockId, owner, release: once, [Symbol.asyncDispose]: once };
};
