import { accessSync, constants, statSync } from "node:fs";

/** Why files cannot be kept in a directory; undefined = they can. What does not exist yet is created at the start. */
export const directoryProblem = (directory: string): string | undefined => {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isDirectory()) return "is a file";
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return "cannot be written by this process";
  }
};
