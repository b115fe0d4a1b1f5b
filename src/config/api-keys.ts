/** SHA-256 digests in lower-case hex, by caller; several for one caller are several live keys. */
export type ApiKeyDigests = ReadonlyMap<string, readonly string[]>;

/** A file of API keys that cannot be used. The message names lines and never repeats one. */
export class ApiKeysError extends Error {
  override name = "ApiKeysError";
}

/** A caller's name, as it stands in keys, policy and logs. */
export const apiKeyIdPattern = /^[a-z0-9-]{1,63}$/;

const LINE = /^([a-z0-9-]{1,63})\s+([0-9a-f]{64})$/i;

/**
 * Reads `<id> <SHA-256 of the secret in hex>` lines; blank lines and what begins with `#` are left out.
 *
 * @throws ApiKeysError naming every line that is neither, or saying that there is no key.
 */
export const parseApiKeys = (text: string): ApiKeyDigests => {
  const lines = text.split("\n").map((line, index) => ({ text: line.trim(), number: index + 1 }));
  const entries = lines.filter((line) => line.text !== "" && !line.text.startsWith("#"));
  const bad = entries.filter((line) => !isEntry(line.text)).map(({ number }) => number);
  if (bad.length > 0)
    throw new ApiKeysError(`line ${bad.join(", ")}: not "<id> <SHA-256 of the secret in hex>"`);
  if (entries.length === 0) throw new ApiKeysError("it holds no key");
  return digestsById(entries.map((line) => line.text));
};

const isEntry = (line: string): boolean => {
  const [, id = ""] = LINE.exec(line) ?? [];
  return apiKeyIdPattern.test(id);
};

const digestsById = (lines: readonly string[]): ApiKeyDigests => {
  const pairs = lines.map((line) => line.split(/\s+/) as [string, string]);
  const grouped = Map.groupBy(pairs, ([id]) => id);
  return new Map(
    [...grouped].map(([id, found]) => [id, [...new Set(found.map(([, digest]) => digest.toLowerCase()))]]),
  );
};
