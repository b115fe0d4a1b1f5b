import { type Command, InvalidArgumentError } from "commander";
import type { CommandIo } from "./io.ts";
import { policyExplain, type PolicyExplainOptions } from "./policy-explain.ts";

/** `policy` and what stands below it. */
export const addPolicy = (program: Command, io: CommandIo): void => {
  program
    .command("policy")
    .description("ask the policy of BROKER_POLICY_FILE")
    .command("explain")
    .description("say whether a call would be allowed, and why; ends with 1 when it would not")
    .requiredOption(
      "--caller <id>",
      "an API key's id, a SPIFFE ID, jwt:<issuer>:<claim> or person:<issuer>:<user>",
    )
    .requiredOption("--method <name>", "the RPC, such as GetToken")
    .option("--namespace <namespace>", "where", "default")
    .option("--provider <name>", "a registration", "")
    .option("--mcp-server-url <url>", "an MCP server", "")
    .option("--user <user_id>", "the request's user_id")
    .option("--subject <user_id>", "the person whom tokenbroker-subject-token would prove")
    .option("--scope <scope...>", "what would be asked for")
    .option("--min-ttl <seconds>", "what GetToken would ask for", parseSeconds)
    .option("--redirect-uri <uri>", "where the browser would go")
    .option("--json", "as JSON", false)
    .action((options: PolicyExplainOptions) => policyExplain(options, io));
};

const parseSeconds = (text: string): number => {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Use whole seconds.");
};
