import { timestampFromDate, timestampDate, type Duration, type Timestamp } from "@bufbuild/protobuf/wkt";

/** Absent stays absent. */
export const toTimestamp = (date: Date | null | undefined): { at: Timestamp } | undefined =>
  date ? { at: timestampFromDate(date) } : undefined;

export const fromTimestamp = (timestamp: Timestamp | undefined): Date | undefined => timestamp && timestampDate(timestamp);

/** Whole seconds, fractions rounded up. */
export const secondsOf = (duration: Duration | undefined): number =>
  duration ? Number(duration.seconds) + (duration.nanos > 0 ? 1 : 0) : 0;
