import { type Command, InvalidArgumentError, Option } from "commander";
import type { CommandIo } from "../io.ts";
import { listProviders } from "./list.ts";
import { type SearchOptions, searchProviders } from "./search.ts";
import { showProvider } from "./show.ts";
import { type VerifyOptions, verifyProvider } from "./verify.ts";

/** `providers` and what stands below it. */
export const addProviders = (program: Command, io: CommandIo): void => {
  const providers = program
    .command("providers")
    .description("list the active providers and their callback URLs; search, show and verify one")
    .option("--all", "every catalog entry, with the variables that would activate it", false)
    .action((options: { all: boolean }) => listProviders(options, io));
  addSearch(providers, io);
  providers
    .command("show")
    .argument("<name>", "a provider of the catalog or the environment")
    .description("everything about one provider: variables, redirect URI, scopes, oddities, links, sources")
    .option("--json", "as JSON", false)
    .action((name: string, options: { json: boolean }) => showProvider(name, options, io));
  addVerify(providers, io);
};

const CONFIDENCES = ["confirmed", "single-source", "contested", "unverified", "operator"];

const addSearch = (providers: Command, io: CommandIo): void => {
  providers
    .command("search")
    .argument("[text...]", "words of a name; all of them must be there")
    .description("find providers of the catalog and the environment")
    .option("--category <category>", "of one category")
    .addOption(new Option("--confidence <level...>", "whose facts are backed so").choices(CONFIDENCES))
    .option("--active", "usable now", false)
    .option("--login", "offered for user login", false)
    .option("--json", "as JSON", false)
    .action((text: string[], options: SearchOptions) => searchProviders(text, options, io));
};

const addVerify = (providers: Command, io: CommandIo): void => {
  providers
    .command("verify")
    .argument("<name>", "an active provider")
    .description(
      "ask the provider's servers whether it would work: endpoints, TLS, metadata, client, redirect URI; ends with 1 when a check fails",
    )
    .option("--namespace <namespace>", "where it was registered by RPC", "")
    .option("--config <variable=value>", "the value of a variable; may be repeated", collect, {})
    .option("--json", "as JSON", false)
    .action((name: string, options: VerifyOptions) => verifyProvider(name, options, io));
};

const collect = (text: string, before: Readonly<Record<string, string>>): Record<string, string> => {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Write it as variable=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
};
