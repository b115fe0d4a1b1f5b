import { z } from "zod";
import { parseListenAddress } from "./address.ts";
import type { ListenAddress } from "./config.ts";

/** How one setting is read: what it expects, in words that fit behind "must be", and the parser, which answers `undefined` for anything else. */
export interface ValueType<T> {
  readonly expects: string;
  parse(text: string): T | undefined;
}

/** By a schema. Its own messages are never shown: `expects` says it, and cannot quote the text. */
const shape = <T>(schema: z.ZodType<T>, expects: string): ValueType<T> => ({
  expects,
  parse: (text) => schema.safeParse(text).data,
});

/** Digits only: a sign, a fraction, an exponent or a unit is a mistake worth stopping for. */
export const integer = (min: number, max: number): ValueType<number> =>
  shape(
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number)
      .pipe(z.int().min(min).max(max)),
    `a whole number from ${min} to ${max}`,
  );

export const boolean: ValueType<boolean> = shape(
  z.stringbool({ truthy: ["true", "yes", "on", "1"], falsy: ["false", "no", "off", "0"] }),
  "true or false (yes, no, on, off, 1 and 0 are read as well)",
);

export const choice = <const T extends string>(...values: readonly [T, T, ...T[]]): ValueType<T> =>
  shape(z.enum(values), `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`);

/** For people: no control characters, no markup. */
export const displayName: ValueType<string> = shape(
  z.string().regex(/^[^\p{Cc}\p{Cf}<>&"]{1,64}$/u),
  '1 to 64 characters, none of them a control character or one of < > & "',
);

export const path: ValueType<string> = shape(z.string().regex(/^[^\0]+$/), "a path");

export const listenAddress: ValueType<ListenAddress> = {
  expects:
    "host:port, with an IPv6 address in brackets ([::1]:8080) and port 0 for any free one, or unix:///path",
  parse: parseListenAddress,
};

/** Comma-separated; items without white space around them, empty ones dropped, each once. */
export const splitList = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  ),
];

/** A list whose items are brought into one form; `parseItem` answers `undefined` for one that is wrong. */
export const list = (
  parseItem: (item: string) => string | undefined,
  expects: string,
): ValueType<readonly string[]> => ({
  expects: `a comma-separated list of ${expects}`,
  parse(text) {
    const parsed = splitList(text).map(parseItem);
    const good = parsed.filter((item) => item !== undefined);
    return good.length === parsed.length ? [...new Set(good)] : undefined;
  },
});
