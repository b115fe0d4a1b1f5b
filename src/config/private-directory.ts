import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a directory that its owner alone may enter, and those above it that are missing. Step by step: Node's own `recursive` never ends where a
 * file system answers ENOENT to every attempt, as /proc does.
 */
export const createPrivateDirectory = (directory: string): void => {
  if (existsSync(directory)) return;
  createPrivateDirectory(dirname(directory));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
};
