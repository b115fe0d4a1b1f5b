import { readFileSync } from "node:fs";
import { OperatorError } from "../errors.ts";
import { kitForm } from "./control/forms.ts";
import { FormError, readForm } from "./mock-provider/json/form.ts";
import { readSettings } from "./mock-provider/json/settings.ts";
import type { TestKitOptions } from "./test-kit.ts";

/**
 * Providers and connections as JSON, or the file that holds them.
 *
 * @throws OperatorError that names what is wrong.
 */
export const readKitSeed = (seed: string): Pick<TestKitOptions, "providers" | "connections"> => {
  try {
    const { providers, ...rest } = readForm(kitForm, parse(seed));
    if (providers === undefined) return rest;
    const completed = Object.entries(providers).map(([name, { settings = {}, ...provider }]) => [
      name,
      { ...provider, settings: readSettings(settings) },
    ]);
    return { ...rest, providers: Object.fromEntries(completed) };
  } catch (error) {
    if (error instanceof FormError) throw new OperatorError(`--seed: ${error.message}`);
    throw error;
  }
};

const parse = (seed: string): unknown => {
  const text = seed.trimStart().startsWith("{") ? seed : read(seed);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FormError("no JSON");
  }
};

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new FormError("the file cannot be read");
  }
};
