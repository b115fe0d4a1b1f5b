import { BrokerError } from "../../errors.ts";
import type { SqlRow } from "./sql.ts";

/**
 * Typed reads of a row's columns. A value of another kind (a row edited by hand, a newer version's) throws `INTERNAL` naming the column:
 * such a row fails alone.
 */
export const readText = (row: SqlRow, column: string): string => {
  const value = row[column];
  return typeof value === "string" ? value : unreadable(column);
};

export const readTextOrNull = (row: SqlRow, column: string): string | null =>
  row[column] === null ? null : readText(row, column);

export const readTexts = (row: SqlRow, column: string): readonly string[] => {
  const value = row[column];
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : unreadable(column);
};

/** A jsonb object whose values are strings. */
export const readTextMap = (row: SqlRow, column: string): Readonly<Record<string, string>> => {
  const value = row[column];
  return isTextMap(value) ? value : unreadable(column);
};

const isTextMap = (value: unknown): value is Record<string, string> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === "string");

export const readBigint = (row: SqlRow, column: string): bigint => {
  const value = row[column];
  return typeof value === "bigint" ? value : unreadable(column);
};

/** Whatever is counted here begins with 0. */
export const readCount = (row: SqlRow, column: string): number => {
  const value = readNumber(row, column);
  return value >= 0 ? value : unreadable(column);
};

export const readBigCount = (row: SqlRow, column: string): bigint => {
  const value = readBigint(row, column);
  return value >= 0n ? value : unreadable(column);
};

/** Sequences count from 1: anything less was edited in. */
export const readVersion = (row: SqlRow, column: string): bigint => {
  const value = readBigint(row, column);
  return value > 0n ? value : unreadable(column);
};

export const readNumber = (row: SqlRow, column: string): number => {
  const value = row[column];
  return typeof value === "number" ? value : unreadable(column);
};

export const readFlag = (row: SqlRow, column: string): boolean => {
  const value = row[column];
  return typeof value === "boolean" ? value : unreadable(column);
};

export const readDate = (row: SqlRow, column: string): Date => {
  const value = row[column];
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value : unreadable(column);
};

export const readDateOrNull = (row: SqlRow, column: string): Date | null =>
  row[column] === null ? null : readDate(row, column);

export const unreadable = (column: string): never => {
  throw new BrokerError(
    "INTERNAL",
    `a stored row cannot be read: its column ${column} holds a value that this version does not know`,
    { metadata: { column } },
  );
};
