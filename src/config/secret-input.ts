import { readFileSync } from "node:fs";
import type { EnvironmentReader } from "./environment.ts";
import type { Findings } from "./problems.ts";
import { FileSecret, Secret } from "./secret.ts";

/** A secret as it was given: by `NAME`, or by `NAME_FILE` with the path. */
export interface SecretInput {
  /** The variable that was set. */
  readonly variable: string;
  readonly value: string;
  readonly file: string | undefined;
}

/** Whether and how a secret was given; a problem counts as given, so that nothing is called missing on top of it. */
export type SecretReading = SecretInput | "unset" | "invalid";

/** The variable that names a file holding the secret `name`. */
export const fileVariable = (name: string): string => `${name}_FILE`;

/** Reads `NAME` or `NAME_FILE`. White space around a secret is an accident of files and charts: it is dropped, with a warning. */
export const readSecret = (reader: EnvironmentReader, name: string, findings: Findings): SecretReading => {
  const direct = reader.raw(name);
  const file = reader.text(fileVariable(name));
  if (direct !== undefined && file !== undefined) {
    const problem = `and ${fileVariable(name)} are both set`;
    findings.problem(name, problem, "keep one of the two");
    return "invalid";
  }
  if (file !== undefined) return readSecretFile(fileVariable(name), file, findings);
  if (direct === undefined) return "unset";
  return { variable: name, value: trimmed(name, direct, findings), file: undefined };
};

const readSecretFile = (variable: string, file: string, findings: Findings): SecretReading => {
  const text = readTextFile(variable, file, findings);
  if (text === undefined) return "invalid";
  if (text.trim() !== "") return { variable, value: trimmed(variable, text, findings), file };
  findings.problem(variable, `names an empty file${shownPath(file)}`, "write the secret into the file");
  return "invalid";
};

/** A file that a variable names. Unreadable is a problem of that variable. */
export const readTextFile = (variable: string, file: string, findings: Findings): string | undefined => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const problem = `names a file that cannot be read (${code})${shownPath(file)}`;
    findings.problem(variable, problem, "give the path of a file that this process may read");
    return undefined;
  }
};

/** Only what is plainly a path is shown: somebody may have put the secret itself there. */
const shownPath = (file: string): string => (/^\.{0,2}\//.test(file) ? `: ${file}` : "");

const trimmed = (variable: string, text: string, findings: Findings): string => {
  const value = text.trim();
  if (value !== text) findings.warn(`${variable}: white space around the secret was dropped`);
  return value;
};

/** The secret as the product keeps it. One from a file follows the file, through `accept`, which throws for a text that cannot be used. */
export const secretOf = (input: SecretInput, accept = (text: string): string => text): Secret => {
  if (input.file === undefined) return new Secret(accept(input.value));
  return new FileSecret({ path: input.file, parse: (text) => accept(nonEmpty(text.trim())) });
};

/** A file that is being written again is empty for a moment. */
const nonEmpty = (text: string): string => {
  if (text === "") throw new Error("the file is empty");
  return text;
};
