/**
 * A point in time as a writer can know it without a clock of its own: seconds after the token was received (or, for a failure, after this
 * write), or an absolute time that came from a caller or from this database.
 */
export type Moment = { readonly afterSeconds: number } | { readonly at: Date };

/** The SQL of a moment whose parameters are `:<name>_at` and `:<name>_seconds`; NULL for undefined. */
export const momentSql = (name: string, from: string): string =>
  `coalesce(:${name}_at::timestamptz, ${from} + :${name}_seconds::float8 * interval '1 second')`;

export const momentAt = (moment: Moment | undefined): Date | null =>
  moment !== undefined && "at" in moment ? moment.at : null;

export const momentSeconds = (moment: Moment | undefined): number | null =>
  moment !== undefined && "afterSeconds" in moment ? moment.afterSeconds : null;
