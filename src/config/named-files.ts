import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { ApiKeysError, parseApiKeys } from "./api-keys.ts";
import { parseCertificates } from "./certificates.ts";
import { directoryProblem } from "./directory-problem.ts";
import { rpcTlsOf } from "./listener-tls.ts";
import { parseJwtIssuers } from "./parse-jwt-issuers.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { Findings } from "./problems.ts";
import type { Settings } from "./read-settings.ts";
import { readTextFile } from "./secret-input.ts";
import { SettingsFileError } from "./settings-file.ts";
import { plainSettings } from "./settings.ts";
import { parseAuthorities } from "./tls.ts";

/** Files and directories that other rooms use: whether they can be, is told here with everything else. */
export const checkFiles = (settings: Settings, findings: Findings): void => {
  checkFile(plainSettings.apiKeysFile.name, settings.apiKeysFile, parseApiKeys, findings);
  checkFile(plainSettings.jwtIssuersFile.name, settings.jwtIssuersFile, parseJwtIssuers, findings);
  checkFile(plainSettings.policyFile.name, settings.policyFile, parsePolicy, findings);
  // With the listener's own certificate they are looked at together.
  for (const { path } of rpcTlsOf(settings) === undefined ? settings.clientBundles : [])
    checkFile(plainSettings.clientBundles.name, path, parseAuthorities, findings);
  checkFile(plainSettings.egressCaFile.name, settings.egressCaFile, parseCertificates, findings);
  checkAppendable(plainSettings.auditFile.name, settings.auditFile, findings);
  checkDirectory(plainSettings.spoolDir.name, settings.spoolDir, findings);
};

const checkDirectory = (variable: string, directory: string | undefined, findings: Findings): void => {
  const problem = directory === undefined ? undefined : directoryProblem(directory);
  if (problem === undefined) return;
  findings.problem(variable, `${problem}: ${directory}`, "name a directory that this process may write");
};

/** It is made at the first line; its directory is not. */
const checkAppendable = (variable: string, file: string | undefined, findings: Findings): void => {
  if (file === undefined) return;
  const directory = dirname(file);
  const problem = existsSync(directory) ? directoryProblem(directory) : "does not exist";
  if (problem !== undefined)
    findings.problem(
      variable,
      `lies in a directory that ${problem}: ${directory}`,
      "name a file in a directory that this process may write",
    );
};

const checkFile = (
  variable: string,
  file: string | undefined,
  parse: (text: string) => unknown,
  findings: Findings,
): void => {
  const text = file === undefined ? undefined : readTextFile(variable, file, findings);
  if (text === undefined) return;
  try {
    parse(text);
  } catch (error) {
    const isWorded = error instanceof ApiKeysError || error instanceof SettingsFileError;
    const detail = isWorded ? error.message : "it holds no PEM certificate";
    findings.problem(variable, `names a file that cannot be used: ${detail}`, `correct ${file}`);
  }
};
