import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { invalidField } from "../../errors.ts";

/** 9999-12-31T23:59:59Z, the last second that a `Timestamp` may hold. */
const LAST_SECOND = 253_402_300_799n;
const MAX_NANOS = 999_999_999;

/**
 * A moment that a caller named, in whole milliseconds.
 *
 * @throws BrokerError INVALID_REQUEST naming `field` for one before 1970 or after 9999: neither store has room for all that the binary format can say.
 */
export const toDate = (field: string, timestamp: Timestamp | undefined): Date | undefined => {
  if (timestamp === undefined) return undefined;
  const { seconds, nanos } = timestamp;
  if (seconds < 0n || seconds > LAST_SECOND || nanos < 0 || nanos > MAX_NANOS)
    throw invalidField(field, "must lie between the years 1970 and 9999");
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
};
