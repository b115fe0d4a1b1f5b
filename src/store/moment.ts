/**
 * A point in time as a writer can know it without a clock of its own: seconds after the token was received (or, for a failure, after this
 * write), or an absolute time that came from a caller or from this database.
 */
export type Moment = { readonly afterSeconds: number } | { readonly at: Date };
