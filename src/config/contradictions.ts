import { formatListenAddress, isLocalAddress } from "./address.ts";
import type { DatabaseConfig, Mode } from "./config.ts";
import { IN_MEMORY } from "./database.ts";
import { suggestPolicy } from "./policy/suggest-policy.ts";
import type { Findings } from "./problems.ts";
import type { Settings } from "./read-settings.ts";
import { plainSettings } from "./settings.ts";

type SettingKey = keyof Settings;

const nameOf = (key: SettingKey): string => plainSettings[key].name;

/** Settings that are fine one by one and not together. */
export const checkContradictions = (settings: Settings, findings: Findings): void => {
  checkTiming(settings, findings);
  checkListeners(settings, findings);
  checkAudit(settings, findings);
  if (settings.rpcAddress.kind === "tcp" && !isLocalAddress(settings.rpcAddress))
    requireApiKeys(settings, "which answers beyond this machine", findings);
};

const checkAudit = (settings: Settings, findings: Findings): void => {
  if (settings.auditFile !== undefined && !settings.auditSinks.includes("json"))
    findings.warn(`${nameOf("auditFile")} is set and ${nameOf("auditSinks")} writes no lines`);
  if (settings.auditSinks.length === 0)
    findings.warn(`${nameOf("auditSinks")} is none: nobody can be told later who got which token`);
};

/** Of the time to drain, what a stop keeps for giving up. */
const GIVING_UP_SECONDS = 3;

const checkTiming = (settings: Settings, findings: Findings): void => {
  if (settings.refreshLeaseSeconds <= settings.providerTimeoutSeconds)
    findings.problem(
      nameOf("refreshLeaseSeconds"),
      `is not longer than ${nameOf("providerTimeoutSeconds")}: a second replica would refresh while the first still waits`,
      "make the lease longer than the timeout",
    );
  if (settings.sweepHorizonSeconds < settings.sweepIntervalSeconds)
    findings.problem(
      nameOf("sweepHorizonSeconds"),
      `is shorter than ${nameOf("sweepIntervalSeconds")}: tokens would end between two sweeps`,
      "make the horizon at least as long as the interval",
    );
  if (settings.drainSeconds < settings.providerTimeoutSeconds + GIVING_UP_SECONDS)
    findings.warn(
      `${nameOf("drainSeconds")} is not ${GIVING_UP_SECONDS} seconds longer than ${nameOf("providerTimeoutSeconds")}: a stop may cut off a refresh whose answer holds the only new refresh token`,
    );
};

const LISTENERS = ["rpcAddress", "httpAddress", "telemetryAddress"] as const;

const checkListeners = (settings: Settings, findings: Findings): void => {
  const seen = new Map<string, SettingKey>();
  for (const key of LISTENERS) {
    const address = settings[key];
    const text = formatListenAddress(address);
    const other = seen.get(text);
    if (other !== undefined && !(address.kind === "tcp" && address.port === 0))
      findings.problem(nameOf(key), `is the same address as ${nameOf(other)}`, "give each listener its own");
    seen.set(text, key);
  }
};

const requireApiKeys = (settings: Settings, why: string, findings: Findings): void => {
  if (provesCallers(settings)) return;
  findings.problem(
    nameOf("apiKeysFile"),
    `is required for ${nameOf("rpcAddress")}, ${why}`,
    "name a file of keys (`token-broker apikey new <id>` makes a line), prove callers by BROKER_JWT_ISSUERS_FILE or BROKER_RPC_TLS_CLIENT_CA_FILE, or listen on loopback or on a unix socket",
  );
};

const provesCallers = ({ apiKeysFile, jwtIssuersFile, clientBundles }: Settings): boolean =>
  apiKeysFile !== undefined || jwtIssuersFile !== undefined || clientBundles.length > 0;

/** What production does not start without. The encryption key is asked for where it is read. */
export const checkProduction = (
  settings: Settings,
  { mode, database }: { readonly mode: Mode; readonly database: DatabaseConfig },
  findings: Findings,
): void => {
  if (mode !== "production") return;
  const require = (key: SettingKey, cure: string): void => {
    if (settings[key] === undefined) findings.problem(nameOf(key), "is required in production", cure);
  };
  require("apiBase", "set it to the https URL under which browsers reach the callback listener");
  require("completion", "choose `required` (the application confirms its user with CompleteAuthorization) or `automatic`");
  if (settings.rpcAddress.kind === "tcp" && isLocalAddress(settings.rpcAddress))
    requireApiKeys(settings, "which has no open mode in production", findings);
  if (settings.policyFile === undefined)
    findings.problem(
      nameOf("policyFile"),
      "is required in production",
      `name a file of rules. This one lets everybody who is configured do everything but operators' calls; narrow it:\n${suggestPolicy(settings)}`,
    );
  checkProductionDatabase(settings, database, findings);
  if (settings.insecureLoopback === "all" || settings.insecureLoopback.length > 0)
    findings.problem(nameOf("insecureLoopback"), "is refused in production", "remove it");
};

const checkProductionDatabase = (settings: Settings, database: DatabaseConfig, findings: Findings): void => {
  if (database.kind !== "pglite") return;
  if (settings.dataDir === undefined)
    findings.problem(
      nameOf("dataDir"),
      "is required in production while BROKER_DATABASE_URL is unset",
      "name a directory on a lasting volume, or set BROKER_DATABASE_URL",
    );
  if (database.dataDir === IN_MEMORY)
    findings.problem(nameOf("dataDir"), "keeps nothing, and is refused in production", "name a directory");
};
