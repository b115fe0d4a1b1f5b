import type { Parameter } from "./sql.ts";

/**
 * How values travel: as PostgreSQL's text format in both directions and by one set of rules, so that `pg`, PGlite and a host's type
 * parsers cannot differ.
 */
export const encodeParameter = (value: Parameter): string | null => {
  if (value === null) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return `{${value.map(quoteElement).join(",")}}`;
  return String(value);
};

const quoteElement = (element: string): string => `"${element.replaceAll(/["\\]/g, "\\$&")}"`;

/** For a jsonb parameter. */
export const asJson = (value: Readonly<Record<string, unknown>>): string => JSON.stringify(value);

type Parser = (text: string) => unknown;

const OID = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  float4: 700,
  float8: 701,
  timestamptz: 1184,
  json: 114,
  jsonb: 3802,
  textArray: 1009,
  int8Array: 1016,
};

const PARSERS = new Map<number, Parser>([
  [OID.bool, (text) => text === "t"],
  [OID.int8, BigInt],
  [OID.int2, Number],
  [OID.int4, Number],
  [OID.float4, Number],
  [OID.float8, Number],
  [OID.timestamptz, (text) => parseTimestamp(text)],
  [OID.json, (text) => JSON.parse(text) as unknown],
  [OID.jsonb, (text) => JSON.parse(text) as unknown],
  [OID.textArray, (text) => parseTextArray(text)],
]);

const asText: Parser = (text) => text;

export const parserOf = (typeOid: number): Parser => PARSERS.get(typeOid) ?? asText;

/** Every type that a statement of this room takes or returns; PGlite wants the parsers and serializers by type. */
export const TYPE_OIDS: readonly number[] = [...Object.values(OID), 25, 1043, 2950];

/** "2026-11-23 10:00:00.123456+00", the ISO style; microseconds are cut. What is no such text ("infinity") becomes an invalid Date. */
const parseTimestamp = (text: string): Date =>
  new Date(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));

/** One dimension. No column of ours has a NULL in it, but somebody's hand may: the server leaves that word unquoted. */
export const parseTextArray = (text: string): (string | null)[] =>
  [...text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,"]+)/gsu)].map(([, quoted, plain = ""]) => {
    if (quoted !== undefined) return quoted.replaceAll(/\\(.)/gsu, "$1");
    return plain === "NULL" ? null : plain;
  });
