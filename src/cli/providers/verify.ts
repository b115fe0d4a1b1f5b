import { type BrokerConfig, type ListenAddress, loadConfig, loginCallbackUrl } from "../../config/index.ts";
import type { Registrations } from "../../registrations/index.ts";
import { silentLogger } from "../../telemetry/index.ts";
import { SECOND, systemClock } from "../../time.ts";
import type { CheckStatus, ProviderCheck, ProviderReport } from "../../verification/index.ts";
import { type CommandIo, NegativeAnswer } from "../io.ts";
import { withRegistrationsFor } from "./known-registrations.ts";

export interface VerifyOptions {
  readonly namespace: string;
  /** Values of the provider's variables. */
  readonly config: Readonly<Record<string, string>>;
  readonly json: boolean;
}

/**
 * Asks a provider's servers what they tell without a person, from this machine and with this environment's egress settings.
 *
 * @throws NegativeAnswer when a check failed, after the report; ConfigError; BrokerError as `Verification.verify`.
 */
export const verifyProvider = async (name: string, options: VerifyOptions, io: CommandIo): Promise<void> => {
  const { config } = loadConfig(io.environment, { dryRun: true });
  const { namespace } = options;
  const report = await withRegistrationsFor(config, { name, namespace }, (registrations) =>
    verify(config, registrations, { namespace, name, providerConfig: options.config }),
  );
  io.print(options.json ? JSON.stringify(report, undefined, 2) : render(report));
  if (!report.ok) throw new NegativeAnswer();
};

const verify = async (
  config: BrokerConfig,
  registrations: Registrations,
  request: {
    readonly namespace: string;
    readonly name: string;
    readonly providerConfig: VerifyOptions["config"];
  },
): Promise<ProviderReport> => {
  const { createEgress } = await import("../../oauth/index.ts");
  const { createVerification } = await import("../../verification/index.ts");
  const { rpcAddress, httpAddress, telemetryAddress } = config;
  const egress = createEgress({
    ...config.egress,
    protectedPorts: [rpcAddress, httpAddress, telemetryAddress].flatMap(portOf),
    timeoutMs: config.providerTimeoutSeconds * SECOND,
  });
  try {
    const verification = createVerification({
      registrations,
      egress,
      loginCallbackUrl: (target) => loginCallbackUrl(config.apiBase, target),
      reportMs: REPORT_MS,
      clock: systemClock,
      logger: silentLogger,
    });
    return await verification.verify(request);
  } finally {
    await egress.close();
  }
};

const REPORT_MS = 15 * SECOND;

const portOf = (address: ListenAddress): number[] => (address.kind === "tcp" ? [address.port] : []);

const MARKS: Record<CheckStatus, string> = {
  passed: "ok",
  warning: "WARNING",
  failed: "FAILED",
  not_checked: "not checked",
};

const render = ({ name, ok, callbackUrl, loginCallbackUrl: loginUrl, checks }: ProviderReport): string =>
  [
    `Register this redirect URI at the vendor: ${callbackUrl}`,
    ...(loginUrl === "" ? [] : [`and this one, for logins: ${loginUrl}`]),
    "",
    ...checks.flatMap(lines),
    "",
    ok ? `${name}: nothing failed.` : `${name}: ${failures(checks)} failed.`,
  ].join("\n");

const failures = (checks: readonly ProviderCheck[]): string =>
  checks
    .filter(({ status }) => status === "failed")
    .map((check) => check.name)
    .join(", ");

const MARK_WIDTH = 13;
const NAME_WIDTH = 24;
const INDENT = " ".repeat(2 + MARK_WIDTH + NAME_WIDTH);

const lines = ({ name, status, meaning, cure, url }: ProviderCheck): string[] => [
  `  ${MARKS[status].padEnd(MARK_WIDTH)}${name.padEnd(NAME_WIDTH)}${meaning}`,
  ...(url === "" || status === "passed" ? [] : [`${INDENT}${url}`]),
  ...(cure === "" ? [] : [`${INDENT}-> ${cure}`]),
];
