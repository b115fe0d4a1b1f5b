import { newApiKey } from "../access/index.ts";
import type { CommandIo } from "./io.ts";

/** Prints a new key for a caller, and the line for the file of BROKER_API_KEYS_FILE that accepts it. */
export const apiKeyNew = (id: string, io: CommandIo): void => {
  const { key, line } = newApiKey(id);
  io.print(`key   ${key}`);
  io.print(`line  ${line}`);
  io.complain(
    "Give the key to the caller: it is shown once and stored nowhere. Add the line to BROKER_API_KEYS_FILE.",
  );
};
