import { loadConfig } from "../../config/index.ts";
import type { ProviderView, Registrations } from "../../registrations/index.ts";
import type { CommandIo } from "../io.ts";
import { table } from "../table.ts";
import { environmentRegistrations } from "./known-registrations.ts";

export interface SearchOptions {
  readonly category?: string;
  readonly confidence?: readonly ProviderView["confidence"][];
  readonly active: boolean;
  readonly login: boolean;
  readonly json: boolean;
}

/** Finds providers of catalog and environment by words of their names. @throws ConfigError; BrokerError INVALID_REQUEST for an unknown category. */
export const searchProviders = async (
  words: readonly string[],
  options: SearchOptions,
  io: CommandIo,
): Promise<void> => {
  const { config } = loadConfig(io.environment, { dryRun: true });
  const found = await matching(await environmentRegistrations(config), words.join(" "), options);
  if (options.json) io.print(JSON.stringify(found, undefined, 2));
  else if (found.length === 0) io.print("No provider matches.");
  else io.print(table([["NAME", "PROVIDER", "CATEGORY", "STATUS", "CONFIDENCE"], ...found.map(rowOf)]));
};

const PAGE = 1000;

const matching = async (
  registrations: Registrations,
  query: string,
  { category, confidence, active, login }: SearchOptions,
): Promise<ProviderView[]> => {
  const request = { query, category, confidences: confidence, activeOnly: active, loginOnly: login };
  const found: ProviderView[] = [];
  let pageToken = "";
  do {
    const page = await registrations.list({ ...request, pageSize: PAGE, pageToken });
    found.push(...page.providers);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
};

const rowOf = ({ name, displayName, category, active, confidence }: ProviderView): string[] => [
  name,
  displayName,
  category,
  active ? "active" : "inactive",
  confidence,
];
