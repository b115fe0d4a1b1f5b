/** Which packages of the lock file a release installs: npm's own `--omit dev` leaves out those that developers need as well. */
import { readFileSync } from "node:fs";

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

export interface LockFile {
  /** By path: "node_modules/pg"; "" is the product itself. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export const readLockFile = (): LockFile => JSON.parse(readFileSync("package-lock.json", "utf8")) as LockFile;

export const isShipped = ({ packages }: LockFile, path: string): boolean => {
  const found = packages[path];
  return path !== "" && found !== undefined && found.dev !== true && found.devOptional !== true;
};

/** "pg@8.23.1", wherever they lie. */
export const shippedPackages = (lock: LockFile): ReadonlySet<string> =>
  new Set(
    Object.entries(lock.packages)
      .filter(([path]) => isShipped(lock, path))
      .map(([path, { version = "" }]) => `${path.replace(/^.*node_modules\//, "")}@${version}`),
  );
