import type { BrokerConfig, EgressConfig, Mode } from "./config.ts";
import { checkContradictions, checkProduction } from "./contradictions.ts";
import { readDatabase } from "./database.ts";
import { readEgressProxy } from "./egress-proxy.ts";
import { EnvironmentReader, type Environment } from "./environment.ts";
import { type KeyRingPlan, planKeyRing } from "./key-ring.ts";
import { checkTls, httpTlsOf, rpcTlsOf } from "./listener-tls.ts";
import { readMcp } from "./mcp/read-mcp.ts";
import { decideMode } from "./mode.ts";
import { checkFiles } from "./named-files.ts";
import { Findings } from "./problems.ts";
import { readProviders } from "./providers/read-providers.ts";
import { readSettings, type Settings } from "./read-settings.ts";
import { plainSettings } from "./settings.ts";
import { warnOfUnknown } from "./unknown-variables.ts";

export interface LoadOptions {
  /** Check only: write nothing. A key that a start would create is made up for this call. Default false. */
  readonly dryRun?: boolean;
}

export interface LoadedConfig {
  readonly config: BrokerConfig;
  /** Works, but probably not as meant. */
  readonly warnings: readonly string[];
  /** What an operator should know: files created, older names in use. */
  readonly notices: readonly string[];
  /** The encryption key is new: created by this call, or in a dry run to be created by a start. */
  readonly keyIsNew: boolean;
}

/**
 * Reads the environment, checks it as a whole and answers a complete configuration.
 *
 * @param environment default `process.env`.
 * @throws ConfigError with every problem; nothing has been written then.
 */
export const loadConfig = (
  environment: Environment = process.env,
  options: LoadOptions = {},
): LoadedConfig => {
  const findings = new Findings();
  const reader = new EnvironmentReader(environment);
  const settings = readSettings(reader, findings);
  const database = readDatabase(reader, settings, findings);
  const decision = decideMode(settings, database);
  const circumstances = { mode: decision.mode, database, dryRun: options.dryRun ?? false };
  const keyRingPlan = planKeyRing(reader, circumstances, findings);
  const providers = readProviders(reader, settings, findings);
  const proxy = readEgressProxy(reader, settings, findings);
  checkFiles(settings, findings);
  checkTls(settings, findings);
  checkContradictions(settings, findings);
  checkProduction(settings, circumstances, findings);
  const apiBase = apiBaseOf(settings, decision.mode, findings);
  const mcp = readMcp(settings, { mode: decision.mode, apiBase }, reader, findings);
  warnOfUnknown(reader, findings);
  findings.throwIfAny();
  const config = {
    ...decision,
    ...resolved(settings, proxy),
    ...providers,
    apiBase,
    mcp,
    database,
    keyRing: ringOf(keyRingPlan),
  };
  const { warnings, notices } = findings;
  return { config, warnings, notices, keyIsNew: keyRingPlan !== "invalid" && "create" in keyRingPlan };
};

/** The settings that go into the configuration as they are. */
const TAKEN_OVER = [
  "logLevel",
  "rpcAddress",
  "httpAddress",
  "telemetryAddress",
  "defaultRedirectUri",
  "redirectAllow",
  "stateTtlSeconds",
  "pinAccounts",
  "apiKeysFile",
  "jwtIssuersFile",
  "clientBundles",
  "policyFile",
  "corsOrigins",
  "spoolDir",
  "instanceId",
  "refreshAheadSeconds",
  "sweepIntervalSeconds",
  "sweepHorizonSeconds",
  "cleanupIntervalSeconds",
  "refreshLeaseSeconds",
  "providerTimeoutSeconds",
  "rpcTimeoutSeconds",
  "maxConnectionAgeSeconds",
  "drainSeconds",
  "refreshIdleDays",
] as const satisfies (keyof Settings & keyof BrokerConfig)[];

type TakenOver = Pick<Settings, (typeof TAKEN_OVER)[number]>;

const resolved = (
  settings: Settings,
  proxy: EgressConfig["proxy"],
): TakenOver &
  Pick<
    BrokerConfig,
    "completion" | "apiBaseFromListener" | "egress" | "rpcTls" | "httpTls" | "audit" | "rateLimits"
  > => ({
  ...(Object.fromEntries(TAKEN_OVER.map((key) => [key, settings[key]])) as unknown as TakenOver),
  completion: settings.completion ?? "automatic",
  apiBaseFromListener: settings.apiBase === undefined,
  egress: {
    allow: settings.egressAllow,
    caFile: settings.egressCaFile,
    insecureLoopback: settings.insecureLoopback,
    proxy,
  },
  rpcTls: rpcTlsOf(settings),
  httpTls: httpTlsOf(settings),
  audit: {
    sinks: settings.auditSinks,
    file: settings.auditFile,
    refuseOnFailure: settings.auditOnFailure,
    retentionDays: settings.auditRetentionDays,
  },
  rateLimits: {
    getTokenPerSecond: settings.rateLimitGetToken,
    startPerMinute: settings.rateLimitStart,
    adminPerMinute: settings.rateLimitAdmin,
    callbackPerMinute: settings.rateLimitCallback,
    trustedProxyHops: settings.trustedProxyHops,
  },
});

const apiBaseOf = ({ apiBase, httpAddress }: Settings, mode: Mode, findings: Findings): string => {
  if (apiBase !== undefined) return apiBase;
  if (httpAddress.kind === "tcp") return `http://localhost:${httpAddress.port}`;
  if (mode === "development")
    findings.problem(
      plainSettings.apiBase.name,
      "is required while BROKER_HTTP_ADDR is a unix socket",
      "set it to the URL under which browsers reach the callback listener",
    );
  return "";
};

const ringOf = (plan: KeyRingPlan): BrokerConfig["keyRing"] => {
  if (plan === "invalid") throw new Error("an unusable key went unreported");
  return "ring" in plan ? plan.ring : plan.create();
};
