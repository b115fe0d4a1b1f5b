/** Where a sealed value belongs. Opening it needs the same context, part for part. */
export interface SealContext {
  readonly table: string;
  /** The parts of the row's key in a fixed order: namespace, connection id, user id, provider, MCP server URL, token name. */
  readonly row: readonly string[];
  /** The column. */
  readonly field: string;
  /** The row's `version` when the value was written, as a decimal string or bigint; tables without one use "0". */
  readonly version: bigint | string;
  /** `pinsDigest()` of the row's pins. */
  readonly pins: string;
}

/**
 * What a Fernet token of this product contains: one JSON object in UTF-8. Fernet has no associated data, so the place of the value
 * travels inside it. Members, in the order they are written; a reader may not depend on the order:
 *
 * - `v`: 1, the format. A member that changes what a reader must check needs another number.
 * - `table`, `row` (list of strings), `field`, `version` (decimal string), `pins`: the `SealContext`.
 * - `secret`: the value itself, a string.
 */
export interface Envelope {
  readonly v: typeof FORMAT;
  readonly table: string;
  readonly row: readonly string[];
  readonly field: string;
  readonly version: string;
  readonly pins: string;
  readonly secret: string;
}

const FORMAT = 1;

export const writeEnvelope = (secret: string, context: SealContext): string => {
  const { table, row, field, version, pins } = context;
  const envelope: Envelope = { v: FORMAT, table, row, field, version: String(version), pins, secret };
  return JSON.stringify(envelope);
};

/** The envelope in `text`, or undefined if it is none. Says nothing about why: V8's message would quote the secret. */
export const readEnvelope = (text: string): Envelope | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isEnvelope(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isEnvelope = (value: unknown): value is Envelope =>
  isObject(value) &&
  value["v"] === FORMAT &&
  typeof value["table"] === "string" &&
  Array.isArray(value["row"]) &&
  value["row"].every((part) => typeof part === "string") &&
  typeof value["field"] === "string" &&
  typeof value["version"] === "string" &&
  typeof value["pins"] === "string" &&
  typeof value["secret"] === "string";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** True if the value was sealed for exactly this place. */
export const belongsTo = (envelope: Envelope, context: SealContext): boolean =>
  envelope.table === context.table &&
  envelope.field === context.field &&
  envelope.version === String(context.version) &&
  envelope.pins === context.pins &&
  envelope.row.length === context.row.length &&
  envelope.row.every((part, index) => part === context.row[index]);
