import { findTemplate } from "../../catalog/index.ts";
import { type BrokerConfig, callbackUrl, loadConfig } from "../../config/index.ts";
import type { CommandIo } from "../io.ts";
import { table } from "../table.ts";

/** Lists the active providers, with `all` every catalog entry and what would activate it. @throws ConfigError. */
export const listProviders = ({ all }: { readonly all: boolean }, io: CommandIo): void => {
  const { config } = loadConfig(io.environment, { dryRun: true });
  const rows = [...activeRows(config), ...(all ? skippedRows(config) : [])].toSorted(byName);
  if (rows.length > 0)
    io.print(table([["NAME", "PROVIDER", "STATUS", all ? "CALLBACK OR MISSING" : "CALLBACK"], ...rows]));
  else io.print("No provider is active; `token-broker providers --all` lists the catalog.");
};

const byName = ([a = ""]: readonly string[], [b = ""]: readonly string[]): number => (a < b ? -1 : 1);

const activeRows = ({ registrations, apiBase }: BrokerConfig): string[][] =>
  registrations.map(({ name, definition }) => [
    name,
    definition.displayName,
    "active",
    callbackUrl(apiBase, { namespace: "", provider: name }),
  ]);

const skippedRows = ({ skipped }: BrokerConfig): string[][] =>
  skipped.map(({ name, missing, reason }) => [
    name,
    findTemplate(name)?.displayName ?? name,
    reason === "incomplete" ? "incomplete" : "inactive",
    missing.join(", "),
  ]);
