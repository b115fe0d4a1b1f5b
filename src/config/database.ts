import { resolve } from "node:path";
import type { DatabaseConfig } from "./config.ts";
import { parseDatabaseUrl } from "./database-url.ts";
import { directoryProblem } from "./directory-problem.ts";
import type { EnvironmentReader } from "./environment.ts";
import type { Findings } from "./problems.ts";
import type { Settings } from "./read-settings.ts";
import { readSecret, secretOf } from "./secret-input.ts";
import { Secret } from "./secret.ts";
import { plainSettings, secretSettings } from "./settings.ts";

const DATA_DIR_NAME = plainSettings.dataDir.name;

export const DEFAULT_DATA_DIR = ".token-broker";
export const IN_MEMORY = "memory://";

const { name: URL_NAME, expects } = secretSettings.databaseUrl;

/** PostgreSQL where a URL is given, the embedded database otherwise. */
export const readDatabase = (
  reader: EnvironmentReader,
  settings: Settings,
  findings: Findings,
): DatabaseConfig => {
  const input = readSecret(reader, URL_NAME, findings);
  if (input === "unset") return embedded(settings, findings);
  if (input === "invalid") return ELSEWHERE;
  if (settings.dataDir !== undefined)
    findings.warn(`${DATA_DIR_NAME} has no effect while ${input.variable} is set`);
  if (parseDatabaseUrl(input.value) !== undefined)
    return { kind: "postgresql", url: secretOf(input, normalUrl) };
  findings.problem(input.variable, "is not a PostgreSQL URL", `set it to ${expects}`);
  return ELSEWHERE;
};

/** Stands in for a database URL that cannot be read, so that nothing else is reported because of it. */
const ELSEWHERE: DatabaseConfig = { kind: "postgresql", url: new Secret("postgres://localhost") };

const embedded = ({ dataDir = DEFAULT_DATA_DIR }: Settings, findings: Findings): DatabaseConfig => {
  if (dataDir === IN_MEMORY) return { kind: "pglite", dataDir };
  const directory = resolve(dataDir);
  const problem = directoryProblem(directory);
  if (problem !== undefined)
    findings.problem(
      DATA_DIR_NAME,
      `${problem}: ${directory}`,
      "name a directory that this process may write",
    );
  return { kind: "pglite", dataDir: directory };
};

const normalUrl = (text: string): string => {
  const url = parseDatabaseUrl(text);
  if (url === undefined) throw new Error(`not ${expects}`);
  return url;
};
