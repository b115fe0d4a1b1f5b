import type { EnvironmentReader } from "./environment.ts";
import type { Findings } from "./problems.ts";
import { plainSettings, type PlainSetting } from "./settings.ts";

const CURE = "correct it, or remove it for the default";

type PlainSettings = typeof plainSettings;

type ValueOf<S> = S extends PlainSetting<infer T, infer D> ? T | D : never;

/** The values of all plain settings: checked, defaults filled in. `undefined` where a setting is off or decided by others. */
export type Settings = { readonly [K in keyof PlainSettings]: ValueOf<PlainSettings[K]> };

/** A value that cannot be read is a problem, and the default stands in for it, so that the rest is checked as well. */
export const readSettings = (reader: EnvironmentReader, findings: Findings): Settings => {
  const entries = Object.entries<PlainSetting<unknown>>(plainSettings).map(([key, setting]) => [
    key,
    readSetting(reader, setting, findings),
  ]);
  return Object.fromEntries(entries) as Settings;
};

const readSetting = (
  reader: EnvironmentReader,
  { name, type, default: standard }: PlainSetting<unknown>,
  findings: Findings,
): unknown => {
  const text = reader.text(name);
  if (text === undefined) return standard;
  const value = type.parse(text);
  if (value === undefined) findings.problem(name, `must be ${type.expects}`, CURE);
  return value ?? standard;
};
