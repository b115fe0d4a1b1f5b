import { readFileSync } from "node:fs";
import {
  type BrokerConfig,
  callbackUrl,
  formatListenAddress,
  type LoadedConfig,
  loadConfig,
  parsePolicy,
  type TlsConfig,
} from "../config/index.ts";
import type { CommandIo } from "./io.ts";
import { table } from "./table.ts";

const AUTOMATIC =
  "automatic: whoever makes a person open a link attaches that person's account to their own connection; BROKER_COMPLETION=required lets the application confirm its user first";
const REQUIRED = "required: the application confirms its user with CompleteAuthorization";

/** Shows what a start would use, and writes nothing. @throws ConfigError with every mistake. */
export const checkConfig = (io: CommandIo): void => {
  const loaded = loadConfig(io.environment, { dryRun: true });
  const { config, warnings, notices } = loaded;
  const sections = [
    overview(loaded),
    active(config),
    limits(config),
    skipped(config),
    list("Warnings", warnings),
    list("Notices", notices),
    "The configuration is complete.",
  ];
  io.print(sections.filter((section) => section !== "").join("\n\n"));
};

const overview = ({ config, keyIsNew }: LoadedConfig): string =>
  table([
    ["mode", `${config.mode}, because ${config.modeReason}`],
    ["policy", policy(config)],
    ["rpc", `${formatListenAddress(config.rpcAddress)}${tlsOf(config.rpcTls)}, ${callers(config)}`],
    [
      "callback",
      `${formatListenAddress(config.httpAddress)}${tlsOf(config.httpTls)}, public as ${config.apiBase}`,
    ],
    ["telemetry", formatListenAddress(config.telemetryAddress)],
    ["storage", config.database.kind === "pglite" ? `embedded, in ${config.database.dataDir}` : "PostgreSQL"],
    ["keys", keyIsNew ? "none yet: a start creates one" : keys(config)],
    ["completion", config.completion === "automatic" ? AUTOMATIC : REQUIRED],
  ]);

const tlsOf = (tls: TlsConfig | undefined): string => {
  if (tls === undefined) return "";
  return tls.clientBundles.length > 0 ? " with TLS, asking for client certificates" : " with TLS";
};

const keys = ({ keyRing }: BrokerConfig): string =>
  `${keyRing.primary.id} encrypts, ${[...keyRing.keys.keys()].join(", ")} can decrypt`;

const policy = ({ policyFile }: BrokerConfig): string => {
  if (policyFile === undefined) return "none: every caller may do everything";
  const { rules } = parsePolicy(readFileSync(policyFile, "utf8"));
  return `${rules.length} ${rules.length === 1 ? "rule" : "rules"} in ${policyFile}`;
};

const callers = ({ apiKeysFile, jwtIssuersFile, clientBundles, rpcAddress }: BrokerConfig): string => {
  const proofs = [
    clientBundles.length > 0 ? "show a client certificate" : undefined,
    jwtIssuersFile === undefined ? undefined : "send a JWT",
    apiKeysFile === undefined ? undefined : "send an API key",
  ].filter((proof) => proof !== undefined);
  if (proofs.length > 0) return `callers ${proofs.join(" or ")}`;
  return rpcAddress.kind === "unix"
    ? "open to whoever may open the socket"
    : "open to programs on this machine";
};

const active = ({ registrations, apiBase }: BrokerConfig): string => {
  if (registrations.length === 0)
    return "No provider is active: set CONNECT_{NAME}_CLIENT_ID and CONNECT_{NAME}_CLIENT_SECRET.";
  const rows = registrations.map(({ name }) => [
    name,
    callbackUrl(apiBase, { namespace: "", provider: name }),
  ]);
  return `Active providers, each with the redirect URI to register there\n${table(rows)}`;
};

const limits = ({ registrations }: BrokerConfig): string =>
  list(
    "What does not work with them yet",
    registrations.flatMap(({ name, definition }) => definition.limitations.map((text) => `${name}: ${text}`)),
  );

const skipped = ({ skipped: all }: BrokerConfig): string => {
  const incomplete = all.filter(({ reason }) => reason === "incomplete");
  const silent = all.length - incomplete.length;
  const rest = `  ${silent} catalog entries have no credentials (\`token-broker providers --all\`)`;
  const rows = incomplete.map(({ name, missing }) => [name, `missing ${missing.join(", ")}`]);
  return ["Skipped", ...(rows.length > 0 ? [table(rows)] : []), rest].join("\n");
};

const list = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");
