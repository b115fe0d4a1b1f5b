import { randomInt } from "node:crypto";
import { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { MILLISECOND, SECOND } from "../../time.ts";
import type { NewClient } from "../database/database.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import { type ChangeHints, createLocalHints } from "./change-hints.ts";

const CHANNEL = "tokenbroker_changes";
const NOTIFY = statement<never>("changes.notify", `select pg_notify('${CHANNEL}', '')`);
const LISTEN = `listen ${CHANNEL}`;

/**
 * What is drawn within it is told at once. The notification is a statement of its own, after the write has committed: inside the write it would put all
 * commits of the database in one queue (PostgreSQL takes a lock of the whole cluster for a transaction that notifies), and a trigger would do that to
 * every writer.
 */
const COLLECT_MS = 15 * MILLISECOND;
const CONNECT_TIMEOUT_MS = 5 * SECOND;
const REOPEN_FROM_MS = 250;
const REOPEN_TO_MS = 1000;

/** A host that vanished without a word is noticed after some 11 seconds. */
const KEEPALIVE_DELAY_MS = 5 * SECOND;

/** One connection for the whole process, open while somebody listens. */
export const createPostgresqlHints = (sql: Sql, newClient: NewClient): ChangeHints => {
  const local = createLocalHints();
  let telling: NodeJS.Timeout | undefined;
  let listeners = 0;
  let listening: AbortController | undefined;

  const tell = (): void => {
    telling = undefined;
    // A hint that is lost costs its watchers the time until the next look.
    execute(sql, NOTIFY, {}).catch(() => {});
  };

  return {
    drawn() {
      local.drawn();
      telling ??= setTimeout(tell, COLLECT_MS).unref();
    },
    onHint(listener) {
      const stop = local.onHint(listener);
      listeners += 1;
      if (listeners === 1) {
        listening = new AbortController();
        void listen(newClient, () => local.drawn(), listening.signal);
      }
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        stop();
        listeners -= 1;
        if (listeners === 0) listening?.abort();
      };
    },
  };
};

/** Listens until it is told to stop, on another connection whenever one is lost; what was said in between is one hint. */
const listen = async (newClient: NewClient, hint: () => void, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await listenOnce(newClient, hint, signal).catch(() => {});
    if (signal.aborted) return;
    await delay(randomInt(REOPEN_FROM_MS, REOPEN_TO_MS), undefined, { signal, ref: false }).catch(() => {});
  }
};

const listenOnce = async (newClient: NewClient, hint: () => void, signal: AbortSignal): Promise<void> => {
  const socket = new Socket();
  const client = newClient({
    stream: () => socket,
    application_name: "token-broker changes",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
  });
  const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
  client.on("error", () => {});
  client.on("notification", hint);
  const cut = (): void => void socket.destroy();
  signal.addEventListener("abort", cut, { once: true });
  try {
    await client.connect();
    await client.query(LISTEN);
    socket.unref();
    hint();
    await ended;
  } finally {
    signal.removeEventListener("abort", cut);
    socket.destroy();
  }
};
