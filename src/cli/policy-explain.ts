import {
  type AccessExplanation,
  createAccessPolicy,
  explainAccess,
  providerTarget,
} from "../access/index.ts";
import { loadConfig } from "../config/index.ts";
import { parseMcpServerUrl } from "../registrations/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { type CommandIo, NegativeAnswer } from "./io.ts";
import { table } from "./table.ts";

export interface PolicyExplainOptions {
  readonly caller: string;
  readonly method: string;
  readonly namespace: string;
  readonly provider: string;
  readonly mcpServerUrl: string;
  readonly user?: string;
  readonly subject?: string;
  readonly scope?: string[];
  readonly minTtl?: number;
  readonly redirectUri?: string;
  readonly json: boolean;
}

/**
 * Prints whether the configured policy would allow a call, and what each rule says to it.
 *
 * @throws NegativeAnswer when it would not; ConfigError; BrokerError INVALID_REQUEST.
 */
export const policyExplain = (options: PolicyExplainOptions, io: CommandIo): void => {
  const { config } = loadConfig(io.environment, { dryRun: true });
  const policy = createAccessPolicy(config, { logger: silentLogger });
  const explanation = explainAccess(policy, options.caller, options.method, {
    namespace: options.namespace,
    ...providerTarget(
      options.provider,
      options.mcpServerUrl === "" ? "" : parseMcpServerUrl(options.mcpServerUrl),
    ),
    userId: options.user,
    subject: options.subject,
    scopes: options.scope,
    minTtlMs: options.minTtl === undefined ? undefined : options.minTtl * 1000,
    redirectUri: options.redirectUri,
  });
  io.print(options.json ? JSON.stringify(explanation, undefined, 2) : render(explanation));
  if (!explanation.allowed) throw new NegativeAnswer();
};

const render = ({ allowed, message, rules }: AccessExplanation): string => {
  const answer = `${allowed ? "allowed" : "refused"}: ${message}`;
  const rows = rules.map(({ rule, line, failed }) => [
    `line ${line}`,
    rule,
    failed === undefined ? "allows it" : `not for this ${failed.replaceAll("_", " ")}`,
  ]);
  return rows.length === 0 ? answer : `${answer}\n${table(rows)}`;
};
