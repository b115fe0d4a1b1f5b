import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Fleet } from "../system/refresh/fleet.ts";
import { SPARED } from "./troubles.ts";

/** What the replicas hold of the machine at one moment. */
export interface Footprint {
  /** Resident memory of the replica that is never killed. */
  readonly sparedBytes: number;
  /** The most of any other. */
  readonly othersBytes: number;
  /** Sessions of the database, the run's own included; undefined while it is away. */
  readonly databaseConnections: number | undefined;
}

export interface Watch {
  readonly footprints: readonly Footprint[];
  /** Memory of the spared replica when it was looked at last. */
  lastBytes(): number;
  stop(): Promise<void>;
}

const EVERY_MS = 5_000;

export const startWatch = (fleet: Fleet): Watch => {
  const footprints: Footprint[] = [];
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(async () => void footprints.push(await footprintOf(fleet)));
  }, EVERY_MS);
  return {
    footprints,
    lastBytes: () => footprints.at(-1)?.sparedBytes ?? 0,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
};

const footprintOf = async (fleet: Fleet): Promise<Footprint> => {
  const memory = await Promise.all(fleet.replicas.map(({ pid }) => residentBytes(pid)));
  return {
    sparedBytes: memory[SPARED] ?? 0,
    othersBytes: Math.max(...memory.filter((_, place) => place !== SPARED)),
    databaseConnections: await connectionsTo(fleet).catch(() => undefined),
  };
};

/** 0 = there is no such process any more. */
const residentBytes = async (pid: number): Promise<number> => {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
    return Number(stdout) * 1024;
  } catch {
    return 0;
  }
};

const connectionsTo = async ({ database: { sql } }: Fleet): Promise<number> => {
  const { rows } = await sql.run(
    "",
    "select count(*)::int as open from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    [],
  );
  return Number(rows[0]?.["open"]);
};
