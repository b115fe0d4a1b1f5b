import { randomBytes } from "node:crypto";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { FERNET_KEY_BYTES, FernetKey } from "./fernet-key.ts";

/** The keys in use: `primary` encrypts, every one of `keys` (by id, `primary` among them) decrypts. */
export interface KeyRing {
  readonly primary: FernetKey;
  readonly keys: ReadonlyMap<string, FernetKey>;
}

/** A key list that cannot be used. The message names the item's position and the cure, never a character of the item. */
export class KeyRingError extends Error {
  /** 1-based position in the list. */
  readonly position: number;

  constructor(position: number, count: number, problem: string) {
    super(
      `key ${position} of ${count} ${problem}: copy the whole key, or make a new one with \`token-broker keygen\``,
    );
    this.name = "KeyRingError";
    this.position = position;
  }
}

const KEY_CHARACTERS = 44;

/** A new random key in the text form that `parseKeyRing` reads. */
export const generateFernetKey = (): string => encodeBase64Url(randomBytes(FERNET_KEY_BYTES));

/**
 * Reads one key or several separated by commas: the first is `primary`, white space around an item is dropped, a repeated key counts once.
 * Throws `KeyRingError` for an empty item, an item that is not 32 bytes in urlsafe base64, or two keys that share an id.
 */
export const parseKeyRing = (text: string): KeyRing => {
  const items = text.split(",").map((item) => item.trim());
  const keys = new Map<string, FernetKey>();
  for (const [index, item] of items.entries()) {
    // Canonical base64 has one text per key, so equal keys are equal texts, and another text under a known id is another key.
    if (items.indexOf(item) < index) continue;
    const bytes = decodeBase64Url(item);
    if (bytes?.length !== FERNET_KEY_BYTES) throw new KeyRingError(index + 1, items.length, problemOf(item));
    const key = new FernetKey(bytes);
    bytes.fill(0);
    if (keys.has(key.id)) throw new KeyRingError(index + 1, items.length, "has the id of another key");
    keys.set(key.id, key);
  }
  const [primary] = keys.values();
  if (primary === undefined) throw new KeyRingError(1, 1, problemOf(""));
  return Object.freeze({ primary, keys });
};

const problemOf = (item: string): string => {
  if (item === "") return "is empty (an extra comma?)";
  if (item.length !== KEY_CHARACTERS) return `is not ${KEY_CHARACTERS} characters long`;
  return "is not 32 bytes in urlsafe base64 (A-Z a-z 0-9 - _ and one = at the end)";
};
