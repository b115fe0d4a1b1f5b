/** One text per map, whatever the order of its keys: jsonb keeps none. For digests. */
export const canonicalMap = (map: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
