import { generateFernetKey } from "../crypto/index.ts";
import type { CommandIo } from "./io.ts";

/** Prints a new encryption key and nothing else, so that it can go into a file or a variable. */
export const keygen = (io: CommandIo): void => io.print(generateFernetKey());
