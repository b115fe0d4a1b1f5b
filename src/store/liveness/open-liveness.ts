import { randomInt } from "node:crypto";
import { systemClock } from "../../time.ts";
import type { Database, NewClient } from "../database/database.ts";
import { assertOwnSession } from "./assert-own-session.ts";
import { createSolitude, type Liveness, newOwner } from "./liveness.ts";
import { createLockKeeper, type KeeperOptions } from "./lock-keeper.ts";
import { type LockSession, openLockSession } from "./lock-session.ts";

const LOCK_IDS = 2 ** 31;

/**
 * Takes this process's liveness lock, and takes it again whenever its connection is lost. Throws when the database cannot be used for it. An
 * embedded database needs none.
 */
export const openLiveness = async (
  { newClient }: Pick<Database, "newClient">,
  { clock = systemClock, logger }: Pick<KeeperOptions, "logger"> & Partial<KeeperOptions>,
): Promise<Liveness> => {
  if (newClient === undefined) return createSolitude();
  const { lockId, session } = await takeFreshLock(newClient);
  try {
    await assertOwnSession(newClient, session);
  } catch (error) {
    await session.end();
    throw error;
  }
  const reopen = (backendPid: number) => openLockSession(newClient, lockId, backendPid);
  const keeper = createLockKeeper(session, reopen, { clock, logger });
  return { ...keeper, owner: newOwner(lockId), seesOthers: true };
};

/** A number that nobody alive has. */
const takeFreshLock = async (
  newClient: NewClient,
): Promise<{ readonly lockId: number; readonly session: LockSession }> => {
  for (;;) {
    const lockId = randomInt(1, LOCK_IDS);
    const session = await openLockSession(newClient, lockId, undefined);
    if (session) return { lockId, session };
  }
};
