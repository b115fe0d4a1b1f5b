import { z } from "zod";
import type { Script } from "../answers/scripts.ts";
import type { VendorSettings } from "../settings.ts";
import { readForm, text } from "./form.ts";
import { readScript, scriptForm } from "./script.ts";
import { readSettings, settingForms } from "./settings.ts";

const configForm = z.strictObject({
  port: z.int().min(0).max(65_535).exactOptional(),
  seed: z.int().nonnegative().exactOptional(),
  log: text.exactOptional(),
  vendors: z.record(text, z.strictObject({ ...settingForms, scripts: z.array(scriptForm) }).partial()),
});

export interface VendorConfig {
  readonly settings: Partial<VendorSettings>;
  readonly scripts: readonly Script[];
}

export interface Config {
  readonly port: number | undefined;
  readonly seed: number | undefined;
  readonly log: string | undefined;
  readonly vendors: ReadonlyMap<string, VendorConfig>;
}

/** @throws FormError */
export const readConfig = (json: unknown): Config => {
  const { port, seed, log, vendors } = readForm(configForm, json);
  const configs = Object.entries(vendors).map(([name, { scripts = [], ...settings }]) => {
    const config: VendorConfig = { settings: readSettings(settings), scripts: scripts.map(readScript) };
    return [name, config] as const;
  });
  return { port, seed, log, vendors: new Map(configs) };
};
