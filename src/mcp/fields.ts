/** Members of foreign JSON. */
const MAX_ITEMS = 1000;
const MAX_TEXT_LENGTH = 4096;

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MAX_TEXT_LENGTH;

/** A list of texts; undefined for anything else. */
export const texts = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.length <= MAX_ITEMS && value.every(isText) ? value : undefined;

/** What of a list is text; undefined where there is no list. */
export const textsOrNone = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.slice(0, MAX_ITEMS).filter(isText) : undefined;
