import { accessSync, constants, type Stats, statSync } from "node:fs";
import { errorClass } from "../telemetry/index.ts";

/** Why files cannot be kept in a directory; undefined = they can. What does not exist yet is created at the start. */
export const directoryProblem = (directory: string): string | undefined => {
  const found = look(directory);
  if (typeof found === "string") return `cannot be looked at (${found})`;
  if (found === undefined) return undefined;
  if (!found.isDirectory()) return "is a file";
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return "cannot be written by this process";
  }
};

/** A name may be too long, a directory above it closed: then the answer is the error's class. */
const look = (directory: string): Stats | undefined | string => {
  try {
    return statSync(directory, { throwIfNoEntry: false });
  } catch (error) {
    return errorClass(error);
  }
};
