export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a dotted path ("authed_user.access_token", "data.0.id"), own properties only; undefined where there is none. "" is nowhere. */
export const valueAt = (value: unknown, path: string): unknown => {
  if (path === "") return undefined;
  let current = value;
  for (const key of path.split(".")) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
};
