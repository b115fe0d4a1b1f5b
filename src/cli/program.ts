import { Command, InvalidArgumentError } from "commander";
import { apiKeyIdPattern } from "../config/index.ts";
import { apiKeyNew } from "./api-key.ts";
import { checkConfig } from "./check-config.ts";
import type { CommandIo } from "./io.ts";
import { keygen } from "./keygen.ts";
import { migrate } from "./migrate.ts";
import { addPolicy } from "./policy.ts";
import { addProviders } from "./providers/index.ts";
import { resume } from "./resume.ts";
import { parseRate, rotateKeys, type RotateKeysOptions } from "./rotate-keys.ts";
import { serve } from "./serve.ts";
import { testKit, type TestKitCommandOptions } from "./test-kit.ts";
import { packageVersion } from "./version.ts";

const DESCRIPTION = `An OAuth 2.0 token broker: typed RPC in, working third-party access tokens out.

Settings come from environment variables (docs/reference/configuration.md); \`check-config\` shows what they amount to.`;

export const createProgram = (io: CommandIo): Command => {
  const program = new Command("token-broker")
    .description(DESCRIPTION)
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.print(text.trimEnd()),
      writeErr: (text) => io.complain(text.trimEnd()),
    })
    .showHelpAfterError("(--help shows what is possible)");
  addOperation(program, io);
  addInspection(program, io);
  addMakers(program, io);
  for (const command of subcommandsOf(program)) command.version(packageVersion());
  return program;
};

/** `--version` everywhere, as `--help`. */
const subcommandsOf = (command: Command): Command[] =>
  command.commands.flatMap((subcommand) => [subcommand, ...subcommandsOf(subcommand)]);

const addOperation = (program: Command, io: CommandIo): void => {
  program
    .command("serve")
    .description("run the broker until SIGTERM or SIGINT")
    .action(() => serve(io));
  program
    .command("migrate")
    .description("bring the database's schema up to date")
    .action(() => migrate(io));
  program
    .command("resume")
    .description(
      "give the database to this BROKER_INSTANCE_ID: its replicas refresh, those of another id do not",
    )
    .action(() => resume(io));
  program
    .command("rotate-keys")
    .description(
      "seal everything stored anew with the first key, while replicas serve; ends with 1 while anything needs another key",
    )
    .option("--rows-per-second <number>", "the most rows in a second", parseRate, 1000)
    .option("--dry-run", "only tell how much each key is needed for", false)
    .action((options: RotateKeysOptions) => rotateKeys(options, io));
};

const addInspection = (program: Command, io: CommandIo): void => {
  program
    .command("check-config")
    .description("show what the environment amounts to, or everything that is wrong with it; writes nothing")
    .action(() => checkConfig(io));
  addProviders(program, io);
  addPolicy(program, io);
};

const addMakers = (program: Command, io: CommandIo): void => {
  program
    .command("keygen")
    .description("print a new key for CONNECT_TOKEN_ENCRYPTION_KEY")
    .action(() => keygen(io));
  program
    .command("apikey")
    .description("manage the API keys of callers")
    .command("new")
    .argument("<id>", `the caller's name: ${ID_RULE}`, parseApiKeyId)
    .description("make a key for a caller, and the line for BROKER_API_KEYS_FILE that accepts it")
    .action((id: string) => apiKeyNew(id, io));
  program
    .command("test-kit")
    .description(
      "run a broker, a provider and an API for the tests of a service that uses tokens; prints one line of JSON and ends with SIGTERM",
    )
    .option("--seed <json>", "providers and connections: a file of JSON, or the JSON itself")
    .option("--port <number>", "port of the control API on 127.0.0.1; 0 = a free one", parsePort, 0)
    .option("--tls", "also listen with TLS, and ask for client certificates", false)
    .option("--with-stdin", "end when standard input ends, for a parent process that may die", false)
    .action((options: TestKitCommandOptions) => testKit(options, io));
};

const parsePort = (text: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("Use a number up to 65535.");
};

const ID_RULE = "lower-case letters, digits and -, at most 63";

const parseApiKeyId = (text: string): string => {
  if (apiKeyIdPattern.test(text)) return text;
  throw new InvalidArgumentError(`Use ${ID_RULE}.`);
};
