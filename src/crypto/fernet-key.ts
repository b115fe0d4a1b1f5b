import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import { inspect } from "node:util";

/** Signing key ‖ encryption key, 128 bits each (Fernet specification, "Key Format"). */
export const FERNET_KEY_BYTES = 32;
const SIGNING_KEY_BYTES = 16;

interface KeyMaterial {
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

/** The two halves of a key, for `fernet.ts` and `genuine-token.ts` alone: the room's door does not export it, so nobody encrypts without the HMAC. */
export let keyMaterialOf: (key: FernetKey) => KeyMaterial;

/** One encryption key. Prints as its id in logs, JSON and inspection; its bytes cannot be read back from it. */
export class FernetKey {
  /** First 8 hex digits of SHA-256 over the 32 key bytes. Stands beside every ciphertext; not a secret. */
  readonly id: string;
  readonly #material: KeyMaterial;

  static {
    keyMaterialOf = (key) => key.#material;
  }

  /** Copies `bytes`; the caller may erase its own. Throws `RangeError` unless there are exactly 32. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== FERNET_KEY_BYTES) throw new RangeError(`A Fernet key has ${FERNET_KEY_BYTES} bytes`);
    this.id = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    this.#material = {
      signing: createSecretKey(bytes.subarray(0, SIGNING_KEY_BYTES)),
      encryption: createSecretKey(bytes.subarray(SIGNING_KEY_BYTES)),
    };
    Object.freeze(this);
  }

  toString(): string {
    return `FernetKey(${this.id})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
