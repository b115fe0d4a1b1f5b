import { X509Certificate } from "node:crypto";
import { ApiKeysError, parseApiKeys } from "./api-keys.ts";
import { directoryProblem } from "./directory-problem.ts";
import { parseJwtIssuers } from "./parse-jwt-issuers.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import type { Findings } from "./problems.ts";
import type { Settings } from "./read-settings.ts";
import { readTextFile } from "./secret-input.ts";
import { SettingsFileError } from "./settings-file.ts";
import { plainSettings } from "./settings.ts";

/** Files and directories that other rooms use: whether they can be, is told here with everything else. */
export const checkFiles = (settings: Settings, findings: Findings): void => {
  checkFile(plainSettings.apiKeysFile.name, settings.apiKeysFile, parseApiKeys, findings);
  checkFile(plainSettings.jwtIssuersFile.name, settings.jwtIssuersFile, parseJwtIssuers, findings);
  checkFile(plainSettings.policyFile.name, settings.policyFile, parsePolicy, findings);
  for (const item of settings.spiffeBundles) {
    const path = item.slice(item.indexOf("=") + 1);
    checkFile(plainSettings.spiffeBundles.name, path, parseCertificates, findings);
  }
  checkFile(plainSettings.egressCaFile.name, settings.egressCaFile, parseCertificates, findings);
  checkDirectory(plainSettings.spoolDir.name, settings.spoolDir, findings);
};

const checkDirectory = (variable: string, directory: string | undefined, findings: Findings): void => {
  const problem = directory === undefined ? undefined : directoryProblem(directory);
  if (problem === undefined) return;
  findings.problem(variable, `${problem}: ${directory}`, "name a directory that this process may write");
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

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const parseCertificates = (text: string): X509Certificate[] => {
  const found = text.match(CERTIFICATE)?.map((pem) => new X509Certificate(pem)) ?? [];
  if (found.length === 0) throw new Error("no certificate");
  return found;
};
