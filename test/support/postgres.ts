/**
 * Throwaway PostgreSQL servers for tests. A cluster lives in a temporary directory on a free port of 127.0.0.1, syncs nothing to
 * disk, and is gone when its owner stops it or dies in any way, `kill -9` included.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Stream } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { type Account, type BinarySource, postgresBinaries, serverAccount } from "./postgres-binaries.ts";
import { createDatabase, dropRunDatabases, type NewDatabase } from "./postgres-databases.ts";

const SUPERUSER = "postgres";
const START_ATTEMPTS = 5;
const RETRY_MS = 200;
const LOG_LINES_KEPT = 30;

/**
 * `fast` breaks off transactions and stops in order; `immediate` is a crash that needs recovery at the next start;
 * `kill` is `kill -9` of the server's main process.
 */
export type StopMode = "fast" | "immediate" | "kill";

const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT", kill: "SIGKILL" } as const;

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "200",
};

/** A server where tests may create databases. */
export interface PostgresServer extends AsyncDisposable {
  /** The maintenance database; it never holds test tables. */
  url: string;
  host: string;
  port: number;
  /** Creates a database and returns its URL. */
  createDatabase(name?: string, options?: Omit<NewDatabase, "name">): Promise<string>;
}

/** A server of one's own, which a test may stop and start again on the same port and data. */
export interface PostgresCluster extends PostgresServer {
  /** The server's main process; throws while it is stopped. */
  readonly pid: number;
  /** Default `fast`. */
  stop(mode?: StopMode): Promise<void>;
  start(): Promise<void>;
  restart(mode?: StopMode): Promise<void>;
}

/** The server of `BROKER_TEST_DATABASE_URL`, whose test databases are dropped on disposal; without it, a cluster of one's own. */
export async function startPostgres(): Promise<PostgresServer> {
  const url = process.env["BROKER_TEST_DATABASE_URL"];
  if (!url) {
    return startPostgresCluster();
  }
  const { hostname, port } = new URL(url);
  return {
    url,
    host: hostname,
    port: Number(port || 5432),
    createDatabase: (name, options) => createDatabase(url, { ...options, ...(name && { name }) }),
    [Symbol.asyncDispose]: () => dropRunDatabases(url),
  };
}

/**
 * Starts a cluster. `BROKER_TEST_POSTGRES` (`installed` or `embedded`) chooses the binaries where `source` does not.
 * Throws when no server can be started here, with the last lines of its log.
 */
export async function startPostgresCluster(
  source: BinarySource = sourceFromEnvironment(),
): Promise<PostgresCluster> {
  const account = serverAccount();
  const directory = mkdtempSync(join(tmpdir(), "token-broker-postgres-"));
  chmodSync(directory, 0o755);
  const guard = guardDirectory(directory);
  try {
    const bin = await postgresBinaries(source, account, directory);
    const data = join(directory, "data");
    if (account.uid !== undefined && account.gid !== undefined) {
      chownSync(directory, account.uid, account.gid);
    }
    initialise(bin, data, account);
    return await startOnFreePort(bin, data, account, guard);
  } catch (error) {
    await guard.release();
    throw error;
  }
}

function sourceFromEnvironment(): BinarySource {
  const source = process.env["BROKER_TEST_POSTGRES"] ?? "any";
  if (source !== "any" && source !== "installed" && source !== "embedded") {
    throw new Error(`BROKER_TEST_POSTGRES=${source}: expected installed, embedded or any`);
  }
  return source;
}

function initialise(bin: string, data: string, account: Account): void {
  const options = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", `--username=${SUPERUSER}`];
  const { status, stderr, error } = spawnSync(join(bin, "initdb"), [...options, "--pgdata", data], {
    ...account,
    cwd: "/",
    encoding: "utf8",
  });
  if (status !== 0) {
    throw new Error(`initdb in ${data} failed: ${error?.message ?? stderr}`);
  }
}

/** A port found free can be taken before the server binds it: then another one is tried. */
async function startOnFreePort(
  bin: string,
  data: string,
  account: Account,
  guard: Guard,
): Promise<PostgresCluster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const launch = () => launchServer(bin, data, port, account);
    try {
      return cluster(await launch(), port, launch, guard);
    } catch (error) {
      if (attempt === START_ATTEMPTS || !String(error).includes("Address already in use")) {
        throw error;
      }
    }
  }
}

function cluster(
  first: ChildProcess,
  port: number,
  launch: () => Promise<ChildProcess>,
  guard: Guard,
): PostgresCluster {
  let server: ChildProcess | undefined = first;
  const url = `postgresql://${SUPERUSER}@127.0.0.1:${port}/postgres`;
  const stop = async (mode: StopMode = "fast") => {
    const stopping = server;
    server = undefined;
    await terminate(stopping, mode);
  };
  const start = async () => {
    server ??= await launchWhenReleased(launch);
  };
  return {
    url,
    host: "127.0.0.1",
    port,
    get pid() {
      if (server?.pid === undefined) {
        throw new Error("the PostgreSQL cluster is stopped");
      }
      return server.pid;
    },
    stop,
    start,
    restart: async (mode) => {
      await stop(mode);
      await start();
    },
    createDatabase: (name, options) => createDatabase(url, { ...options, ...(name && { name }) }),
    [Symbol.asyncDispose]: async () => {
      await stop("immediate");
      await guard.release();
    },
  };
}

/** After a kill, the old server's workers may hold its shared memory for a moment. */
async function launchWhenReleased(launch: () => Promise<ChildProcess>): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch();
    } catch (error) {
      if (attempt === START_ATTEMPTS || !/shared memory block|already in use/.test(String(error))) {
        throw error;
      }
      await sleep(RETRY_MS);
    }
  }
}

async function launchServer(
  bin: string,
  data: string,
  port: number,
  account: Account,
): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const server = spawn(join(bin, "postgres"), ["-D", data, ...settings], {
    ...account,
    cwd: "/",
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
    // A terminal's Ctrl-C goes to the tests, which stop the server themselves.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  await untilReady(server);
  unref(server);
  unref(server.stderr);
  return server;
}

/** Resolves when the server accepts connections; throws with the end of its log when it exits instead. */
async function untilReady(server: ChildProcess): Promise<void> {
  const log: string[] = [];
  const ready = Promise.withResolvers<void>();
  server.once("error", ready.reject);
  server.once("exit", (code) =>
    ready.reject(new Error(`PostgreSQL exited with ${code}:\n${log.join("\n")}`)),
  );
  createInterface({ input: server.stderr! }).on("line", (line) => {
    log.push(line);
    log.splice(0, log.length - LOG_LINES_KEPT);
    if (line.includes("database system is ready to accept connections")) {
      ready.resolve();
    }
  });
  await ready.promise;
}

/**
 * Resolves when the server's workers are gone too. They outlive a killed server for a moment, in which they still answer; each holds the
 * pipe of the log, so its end is theirs.
 */
async function terminate(server: ChildProcess | undefined, mode: StopMode): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) {
    return;
  }
  const exited = once(server, "close");
  server.ref();
  server.kill(SIGNALS[mode]);
  await exited;
}

/** Neither the server nor its guard keeps the test process alive. A child's pipe is a socket, whatever its type says. */
function unref(handle: ChildProcess | Stream | null): void {
  if (handle && "unref" in handle && typeof handle.unref === "function") {
    handle.unref();
  }
}

interface Guard {
  release(): Promise<void>;
}

/**
 * A shell that waits for the end of its standard input, which comes when this process closes it or dies, however it dies;
 * then it kills the server that still runs in the directory and removes the directory.
 */
function guardDirectory(directory: string): Guard {
  const script = `
    cat >/dev/null
    lock=$1/data/postmaster.pid
    kill -QUIT "$(head -n 1 "$lock" 2>/dev/null)" 2>/dev/null
    tries=0
    while [ -e "$lock" ] && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
    rm -rf "$1"`;
  const guard = spawn("sh", ["-c", script, "sh", directory], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  unref(guard);
  unref(guard.stdin);
  return {
    release: async () => {
      guard.ref();
      const exited = once(guard, "exit");
      guard.stdin.end();
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
