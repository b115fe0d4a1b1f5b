import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { readConfig, type VendorConfig } from "../json/config.ts";
import { FormError } from "../json/form.ts";
import { STRICT } from "../settings.ts";

export interface CommandLine {
  readonly port: number;
  readonly seed: number | undefined;
  readonly log: string | undefined;
  readonly vendors: ReadonlyMap<string, VendorConfig>;
  /** End when standard input ends: when the parent is gone. */
  readonly withStdin: boolean;
}

const DEFAULT_PORT = 9500;

const HELP = `
Each vendor is an OAuth 2.0 authorization server of its own below its path: http://127.0.0.1:9500/acme/authorize, /token, /revoke, /userinfo.
Everybody who comes to /authorize consents at once. Without --config there is one vendor, acme, with the client "client" and the secret "secret".

The configuration is JSON, as docs/how-to/test-with-the-mock-provider.md describes it:
  {"vendors": {"acme": {"graceMs": 5000, "revokeFamilyOnReuse": true, "clients": {"id": "secret"}}, "slow": {"answerDelayMs": 800}}}

While it runs, http://127.0.0.1:9500/__admin changes settings, scripts answers, opens grants, moves the clock, and tells the log.`;

interface Options {
  readonly port?: number;
  readonly seed?: number;
  readonly log?: string;
  readonly config?: string;
  readonly strict: boolean;
  readonly withStdin: boolean;
}

/** Prints help, or what is wrong, and exits; otherwise answers what to serve. */
export const readCommandLine = (argv: readonly string[]): CommandLine => {
  const program = createProgram();
  program.parse(argv, { from: "user" });
  const { config, strict, withStdin, ...options } = program.opts<Options>();
  try {
    const given = readConfig(config === undefined ? { vendors: { acme: {} } } : readJson(config));
    return {
      port: options.port ?? given.port ?? DEFAULT_PORT,
      seed: options.seed ?? given.seed,
      log: options.log ?? given.log,
      vendors: strict ? strictened(given.vendors) : given.vendors,
      withStdin,
    };
  } catch (error) {
    if (error instanceof FormError) program.error(`error: --config: ${error.message}`, { exitCode: 2 });
    throw error;
  }
};

const createProgram = (): Command =>
  new Command("mock-provider")
    .description("Hostile OAuth 2.0 authorization servers on this machine, to test a client against.")
    .option("--port <number>", "port on 127.0.0.1; 0 = a free one (default: 9500)", integer)
    .option("--config <file>", "settings of vendors, a JSON file or the JSON itself")
    .option("--seed <number>", "of every probability (default: drawn, and printed)", integer)
    .option("--log <file>", "append one JSON line for each token request")
    .option(
      "--strict",
      "the hardest rules for every vendor: each refresh token works once, and one that comes back ends its grant",
      false,
    )
    .option("--with-stdin", "end when standard input ends", false)
    .addHelpText("after", HELP)
    .configureOutput({ outputError: (text, write) => write(text) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

const integer = (text: string): number => {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Use a whole number.");
};

/** The settings of the configuration still win. */
const strictened = (vendors: ReadonlyMap<string, VendorConfig>): ReadonlyMap<string, VendorConfig> =>
  new Map(
    [...vendors].map(([name, { settings, scripts }]) => [
      name,
      { scripts, settings: { ...STRICT, ...settings } },
    ]),
  );

const readJson = (config: string): unknown => {
  const text = config.trimStart().startsWith("{") ? config : readText(config);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FormError(`no JSON: ${(error as Error).message}`);
  }
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FormError(`cannot be read: ${(error as Error).message}`);
  }
};
