import { readFileSync, statSync } from "node:fs";
import { SECOND, systemClock, type Clock } from "../time.ts";

const LOOK_EVERY_MS = 1 * SECOND;

interface FollowOptions<T> {
  /** Told once for each content that cannot be read or used. The last good value stays in force. */
  readonly onProblem?: (error: unknown) => void;
  /** Told of each new value that comes into force after the first. */
  readonly onChange?: (value: T) => void;
  readonly clock?: Clock;
}

export interface FollowedFileOptions<T> extends FollowOptions<T> {
  readonly path: string;
  /** Throws for a text that cannot be used. */
  readonly parse: (text: string) => T;
}

export interface FollowedFilesOptions<T> extends FollowOptions<T> {
  readonly paths: readonly string[];
  /** Gets the texts in the order of the paths. Throws for texts that cannot be used, or not together. */
  readonly parse: (texts: readonly string[]) => T;
}

/** A file's value that follows the file. */
export interface FollowedFile<T> {
  current(): T;
  /** Looks now, however short ago it looked. */
  reload(): void;
}

/**
 * Reads a file now, and again when it has changed; it looks at most once a second, when it is asked. Mounted secrets are replaced by moving a
 * link, so the file is known by what the path leads to and not by a watch on the path.
 *
 * @throws what reading or parsing throws the first time; never later.
 */
export const followFile = <T>({ path, parse, ...options }: FollowedFileOptions<T>): FollowedFile<T> =>
  followFiles({ ...options, paths: [path], parse: ([text = ""]) => parse(text) });

/**
 * `followFile` for files that are one value together, such as a certificate and its key. They are rarely replaced in one moment: halves of two pairs
 * do not parse, and the last good value stays until the other half has come.
 *
 * @throws what reading or parsing throws the first time; never later.
 */
export const followFiles = <T>({
  paths,
  parse,
  onProblem = () => {},
  onChange = () => {},
  clock = systemClock,
}: FollowedFilesOptions<T>): FollowedFile<T> => {
  const read = (): T => parse(paths.map((path) => readFileSync(path, "utf8")));
  let seen = paths.map(fingerprint).join();
  let value = read();
  let lookedAtMs = clock.monotonicMs();
  const look = (): void => {
    const now = paths.map(tryFingerprint).join();
    if (now === seen) return;
    seen = now;
    try {
      value = read();
    } catch (error) {
      return onProblem(error);
    }
    onChange(value);
  };
  return {
    current() {
      const nowMs = clock.monotonicMs();
      if (nowMs - lookedAtMs >= LOOK_EVERY_MS) {
        lookedAtMs = nowMs;
        look();
      }
      return value;
    },
    reload() {
      lookedAtMs = clock.monotonicMs();
      look();
    },
  };
};

const fingerprint = (path: string): string => {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
};

const tryFingerprint = (path: string): string => {
  try {
    return fingerprint(path);
  } catch {
    return "absent";
  }
};
