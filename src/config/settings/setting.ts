import type { ValueType } from "../value-types.ts";

export type SettingGroup =
  | "Process and listeners"
  | "Storage and encryption"
  | "Authorization flow"
  | "Providers"
  | "MCP servers"
  | "Callers"
  | "Audit"
  | "Rate limits"
  | "Outgoing requests"
  | "Timing";

interface SettingText {
  readonly name: string;
  readonly group: SettingGroup;
  /** What it does, for the reference and for an operator. Markdown, whole sentences. */
  readonly doc: string;
  /** The default in words, where it is not a plain value. */
  readonly defaultText?: string;
}

/** A variable with a checked value. */
export interface PlainSetting<T, D extends T | undefined = T | undefined> extends SettingText {
  readonly type: ValueType<T>;
  readonly default: D;
}

/** A variable that holds a secret, also readable from `NAME_FILE`. Where it goes decides how it is checked. */
export interface SecretSetting extends SettingText {
  readonly secret: true;
  readonly expects: string;
}

/** A default of `undefined` means that what is unset is decided by other settings, or is simply off. */
export const plain = <T, const D extends T | undefined>(setting: PlainSetting<T, D>): PlainSetting<T, D> =>
  setting;
