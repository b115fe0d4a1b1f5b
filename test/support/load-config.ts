/** `loadConfig` over exactly the variables a test names, writing nothing, and its outcome as something to compare. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, type ConfigProblem, type LoadedConfig, loadConfig } from "../../src/config/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A directory that does not exist, so that nothing of this machine is found in it. */
const NOWHERE = join(tmpdir(), `token-broker-nowhere-${process.pid}`);

export const withDefaults = (environment: Environment): Environment => ({
  BROKER_DATA_DIR: NOWHERE,
  ...environment,
});

export const load = (environment: Environment = {}): LoadedConfig =>
  loadConfig(withDefaults(environment), { dryRun: true });

/** What `load` refuses the environment for. */
export const refusalOf = (environment: Environment): ConfigError => {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
};

export const problemsOf = (environment: Environment): readonly ConfigProblem[] =>
  refusalOf(environment).problems;

/** The variables that have a problem, each as often as it has one. */
export const refusedVariables = (environment: Environment): string[] =>
  problemsOf(environment).map(({ variable }) => variable);

/** A provider that the catalog does not know, complete. */
export const ACME = {
  CONNECT_PROVIDERS: "acme",
  CONNECT_ACME_CLIENT_ID: "acme-client",
  CONNECT_ACME_CLIENT_SECRET: "acme-secret",
  CONNECT_ACME_AUTHORIZE_URL: "https://acme.example/oauth/authorize",
  CONNECT_ACME_TOKEN_URL: "https://acme.example/oauth/token",
} as const;

/** A policy that allows everything. */
export const ALLOW_ALL_POLICY = join(import.meta.dirname, "allow-all-policy.yaml");

/** What production asks for, complete. */
export const PRODUCTION = {
  BROKER_MODE: "production",
  CONNECT_TOKEN_ENCRYPTION_KEY: "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
  CONNECT_API_BASE: "https://broker.example.com",
  BROKER_RPC_ADDR: "unix:///run/token-broker/rpc.sock",
  BROKER_COMPLETION: "required",
  BROKER_POLICY_FILE: ALLOW_ALL_POLICY,
} as const;
