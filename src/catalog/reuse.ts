/**
 * How many seconds the vendor accepts a refresh token after it was spent, so that a refresh whose answer was lost may be repeated: its grace, or for
 * ever where it does not rotate them. 0 = not at all, or nobody knows.
 */
export const reuseSeconds = ({
  rotates,
  graceSeconds = 0,
}: {
  readonly rotates?: boolean | undefined;
  readonly graceSeconds?: number | undefined;
}): number => (rotates === false ? Infinity : graceSeconds);
