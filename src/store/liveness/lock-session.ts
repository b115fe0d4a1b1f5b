import { Socket } from "node:net";
import type { Client } from "pg";
import { SECOND } from "../../time.ts";
import type { NewClient } from "../database/database.ts";
import { HELD_LOCKS, LOCK_CLASS } from "./liveness.ts";

/** What the server says of the liveness locks. */
export interface HeldLocks {
  /** This connection's server process still holds its lock. */
  readonly mine: boolean;
  /** Those of other replicas. */
  readonly peers: ReadonlySet<number>;
}

/** A connection that holds a liveness lock for as long as it lasts. */
export interface LockSession {
  /** Of the server's process behind the connection. */
  readonly backendPid: number;
  /** Throws when nobody answers in time. */
  look(): Promise<HeldLocks>;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5 * SECOND;
const ANSWER_TIMEOUT_MS = 3 * SECOND;
/** For a server to take leave; one that hangs holds nobody up. */
const END_WITHIN_MS = 500;

/** A host that vanished without a word is given up by the server after some 11 seconds, and its lock with it. */
const KEEPALIVES =
  "set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3";

const LOCK = "select pg_try_advisory_lock($1::int, $2::int) as locked, pg_backend_pid() as pid";

const LOOK = `select l.objid::bigint::text as id, l.pid = pg_backend_pid() as mine from ${HELD_LOCKS}`;

/** A connection that this process gave up and the server has not missed yet. */
const END_PREDECESSOR = `select pg_terminate_backend(l.pid) from ${HELD_LOCKS} and l.objid = $1::bigint::oid and l.pid = $2::int`;

/** undefined = another connection holds this lock. */
export const openLockSession = async (
  newClient: NewClient,
  lockId: number,
  predecessorPid: number | undefined,
): Promise<LockSession | undefined> => {
  const { client, ended, end } = leavable(newClient);
  try {
    await client.connect();
    await client.query(KEEPALIVES);
    if (predecessorPid !== undefined) await client.query(END_PREDECESSOR, [lockId, predecessorPid]);
    const { rows } = await client.query<{ locked: boolean; pid: number }>(LOCK, [LOCK_CLASS, lockId]);
    const [answer] = rows;
    if (answer?.locked === true)
      return { backendPid: answer.pid, look: () => look(client, lockId), ended, end };
  } catch (error) {
    await end();
    throw error;
  }
  await end();
  return undefined;
};

/** A client whose end never hangs, and whose errors end nobody but itself. */
const leavable = (newClient: NewClient) => {
  const socket = new Socket();
  const client = newClient({
    stream: () => socket,
    application_name: "token-broker liveness",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
  });
  client.on("error", () => {});
  const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
  const end = async (): Promise<void> => {
    const cutOff = setTimeout(() => socket.destroy(), END_WITHIN_MS);
    await client.end().catch(() => socket.destroy());
    clearTimeout(cutOff);
  };
  return { client, ended, end };
};

const look = async (client: Client, lockId: number): Promise<HeldLocks> => {
  const { rows } = await client.query<{ id: string; mine: boolean }>(LOOK);
  return {
    mine: rows.some(({ id, mine }) => mine && Number(id) === lockId),
    peers: new Set(rows.filter(({ mine }) => !mine).map(({ id }) => Number(id))),
  };
};
