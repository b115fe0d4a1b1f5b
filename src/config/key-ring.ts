import { generateFernetKey, type KeyRing, KeyRingError, parseKeyRing } from "../crypto/index.ts";
import { errorClass } from "../telemetry/index.ts";
import type { DatabaseConfig, Mode } from "./config.ts";
import { IN_MEMORY } from "./database.ts";
import type { EnvironmentReader } from "./environment.ts";
import { followFile } from "./followed-file.ts";
import { createKeyFile, findKeyFile, isReadableByOthers, keyFilePath } from "./key-file.ts";
import { ConfigError, type Findings } from "./problems.ts";
import { readSecret, readTextFile, type SecretInput } from "./secret-input.ts";
import { secretSettings } from "./settings.ts";

const { name: NAME, expects: EXPECTS } = secretSettings.encryptionKey;
const KEYGEN = "run `token-broker keygen` for one";

/** How the key ring comes about. `create` writes a key file, so it is called only when the whole configuration is found good. */
export type KeyRingPlan = { readonly ring: KeyRing } | { readonly create: () => KeyRing } | "invalid";

interface Circumstances {
  readonly mode: Mode;
  readonly database: DatabaseConfig;
  /** Write nothing; a key that exists for this call alone stands in for one that would be created. */
  readonly dryRun: boolean;
}

export const planKeyRing = (
  reader: EnvironmentReader,
  circumstances: Circumstances,
  findings: Findings,
): KeyRingPlan => {
  const input = readSecret(reader, NAME, findings);
  if (input === "invalid") return "invalid";
  return input === "unset" ? planWithout(circumstances, findings) : planFrom(input, findings);
};

const planFrom = (input: SecretInput, findings: Findings): KeyRingPlan => {
  const ring = parse(input.value, input.variable, "cannot be used", findings);
  if (ring === undefined) return "invalid";
  return { ring: input.file === undefined ? ring : followKeyRing(input.file, ring) };
};

const parse = (text: string, variable: string, problem: string, findings: Findings): KeyRing | undefined => {
  try {
    return parseKeyRing(text);
  } catch (error) {
    if (!(error instanceof KeyRingError)) throw error;
    findings.problem(variable, `${problem}: ${error.message}`, `set it to ${EXPECTS}`);
    return undefined;
  }
};

/**
 * Keys that are added to the file decrypt at once, so that another replica's new key opens here. Which key encrypts, and which are gone, is settled at
 * the start, where keys are checked against the database.
 */
const followKeyRing = (path: string, atStart: KeyRing): KeyRing => {
  const file = followFile({
    path,
    parse: (text) => new Map([...parseKeyRing(text.trim()).keys, ...atStart.keys]),
  });
  return {
    primary: atStart.primary,
    get keys() {
      return file.current();
    },
  };
};

const planWithout = ({ mode, database, dryRun }: Circumstances, findings: Findings): KeyRingPlan => {
  if (mode === "production") return refuse("is required in production", KEYGEN, findings);
  if (database.kind === "postgresql") return refuse("is required with BROKER_DATABASE_URL", KEYGEN, findings);
  if (database.dataDir === IN_MEMORY) return { create: () => parseKeyRing(generateFernetKey()) };
  return planKeyFile(database.dataDir, dryRun, findings);
};

const planKeyFile = (dataDir: string, dryRun: boolean, findings: Findings): KeyRingPlan => {
  const path = keyFilePath(dataDir);
  const found = findKeyFile(dataDir);
  if (found === "present") return planFoundFile(path, findings);
  if (found === "absent") return planNewFile(path, dryRun, findings);
  return refuse(
    `is unset, and ${dataDir} holds a database whose key file ${path} is gone`,
    `put the file back, set ${NAME} to its key, or remove the directory to start anew`,
    findings,
  );
};

const planFoundFile = (path: string, findings: Findings): KeyRingPlan => {
  const text = readTextFile(NAME, path, findings);
  if (text === undefined) return "invalid";
  if (isReadableByOthers(path)) findings.warn(`${path} can be read by other users: chmod 600 it`);
  const ring = parse(text.trim(), NAME, `is unset, and ${path} cannot be used`, findings);
  return ring ? { ring } : "invalid";
};

const planNewFile = (path: string, dryRun: boolean, findings: Findings): KeyRingPlan => {
  if (dryRun) {
    findings.notice(`a start would create an encryption key in ${path}`);
    return { create: () => parseKeyRing(generateFernetKey()) };
  }
  findings.notice(
    `created an encryption key in ${path} (mode 0600); keep a copy, because without it stored tokens cannot be read`,
  );
  return { create: () => createdKeyRing(path) };
};

const createdKeyRing = (path: string): KeyRing => {
  try {
    return parseKeyRing(createKeyFile(path));
  } catch (error) {
    const problem = `does not let a key file be created (${errorClass(error)}): ${path}`;
    const cure = `make the directory writable, or set ${NAME}`;
    throw new ConfigError([{ variable: "BROKER_DATA_DIR", problem, cure }]);
  }
};

const refuse = (problem: string, cure: string, findings: Findings): KeyRingPlan => {
  findings.problem(NAME, problem, cure);
  return "invalid";
};
