import { BrokerError } from "../../errors.ts";
import { SECOND } from "../../time.ts";

/**
 * The one place where errors of `pg`, PGlite and the network become `BrokerError`s. Their messages, `detail` and parameters quote rows
 * and values, so none of it passes: what stays is the SQLSTATE or the system's code, and the name of a violated constraint.
 *
 * Deliberately not mapped: unique violations. Statements that can meet one say ON CONFLICT; any other is a fault of ours.
 */
export const translateDatabaseError = (error: unknown): BrokerError => {
  if (error instanceof BrokerError) return error;
  const cause = new DatabaseFault(error);
  if (isSchemaMissing(cause.code)) {
    return new BrokerError(
      "INTERNAL",
      "the database schema is missing or older than this version: run `token-broker migrate`",
      { cause },
    );
  }
  if (isUnstorableText(cause.code)) {
    return new BrokerError(
      "INVALID_REQUEST",
      "a text holds a character that cannot be stored: remove U+0000",
      {
        cause,
      },
    );
  }
  return isUnavailable(cause, error) ? storeUnavailable(cause) : internal(cause);
};

/** When a caller may try again. */
const RETRY_AFTER_MS = 1 * SECOND;

const storeUnavailable = (cause: DatabaseFault): BrokerError =>
  new BrokerError("STORE_UNAVAILABLE", `the broker's database does not answer: ${reasonFor(cause.code)}`, {
    cause,
    retryAfterMs: RETRY_AFTER_MS,
    metadata: { cause: cause.code || "connection" },
  });

const internal = (cause: DatabaseFault): BrokerError =>
  new BrokerError("INTERNAL", "the broker's database refused a statement", { cause });

/** What a log may know of a driver's error: its class and code. */
export class DatabaseFault extends Error {
  /** SQLSTATE ("57P01"), a system code ("ECONNREFUSED"), or "". */
  readonly code: string;

  constructor(error: unknown) {
    const code = codeOf(error);
    const constraint = textOf(error, "constraint");
    super(`database error ${code || nameOf(error)}${constraint && ` (${constraint})`}`);
    this.name = "DatabaseFault";
    this.code = code;
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

const textOf = (error: unknown, key: string): string => {
  if (typeof error !== "object" || error === null) return "";
  const value: unknown = Reflect.get(error, key);
  return typeof value === "string" && /^\w{1,63}$/.test(value) ? value : "";
};

/** A refused connection to a name with several addresses is an AggregateError, whose code stands on it. */
const codeOf = (error: unknown): string => textOf(error, "code");

const SYSTEM_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "EACCES",
  "EMFILE",
]);

/** Classes 08 connection, 28 login, 53 resources, 57 operator intervention, 58 system; also a missing database, read-only, serialization, deadlock, lock timeout. */
const UNAVAILABLE_SQLSTATE = /^(?:08|28|3D|53|57|58)[0-9A-Z]{3}$|^(?:25006|40001|40P01|55P03)$/;

/** `pg` and `pg-pool` throw plain errors for these. */
const DRIVER_MESSAGES = [
  "timeout exceeded when trying to connect",
  "Connection terminated",
  "Query read timeout",
  "Cannot use a pool after calling end",
  "Client has encountered a connection error",
  "Client was closed and is not queryable",
  "The server does not support SSL connections",
  "PGlite is closed",
  "PGlite is closing",
];

const isUnavailable = (fault: DatabaseFault, error: unknown): boolean =>
  SYSTEM_CODES.has(fault.code) ||
  UNAVAILABLE_SQLSTATE.test(fault.code) ||
  // A trap inside PGlite.
  nameOf(error) === "RuntimeError" ||
  (error instanceof Error && DRIVER_MESSAGES.some((message) => error.message.startsWith(message)));

const isUnstorableText = (code: string): boolean => code === "22021" || code === "22P05";

const isSchemaMissing = (code: string): boolean => ["42P01", "42703", "42883"].includes(code);

const REASONS: readonly [RegExp, string][] = [
  [/^ECONNREFUSED$/, "nothing listens at its address"],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, "its host name does not resolve"],
  [/^ENOENT$/, "its socket does not exist"],
  [/^28/, "it refuses the user or password"],
  [/^3D/, "a database of this name does not exist"],
  [/^25006$/, "it is read-only"],
  [/^53/, "it is out of connections, memory or disk space"],
  [/^57/, "it is shutting down, starting up or ended the connection"],
];

/** Why a database cannot be used, without a value of the connection string. */
export const reasonFor = (code: string): string =>
  REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? "the connection failed or took too long";
