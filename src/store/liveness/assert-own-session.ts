import { OperatorError } from "../../errors.ts";
import type { NewClient } from "../database/database.ts";
import type { LockSession } from "./lock-session.ts";

/**
 * A pooler that hands out server connections for one transaction at a time would give the lock to whoever comes next: the lock would say nothing about
 * this process. Such a pooler lends a second client the connection that the first one has just used.
 */
export const assertOwnSession = async (newClient: NewClient, session: LockSession): Promise<void> => {
  const other = newClient({});
  other.on("error", () => {});
  try {
    await other.connect();
    await other.query("begin");
    const { mine } = await session.look();
    await other.query("rollback");
    if (!mine) throw unsuitable();
  } finally {
    await other.end();
  }
};

const unsuitable = (): Error =>
  new OperatorError(
    "the database connection does not keep its server session, so no lock can be held on it: let BROKER_DATABASE_URL lead to PostgreSQL itself, or to a pooler in session mode",
  );
