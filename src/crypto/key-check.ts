import { BrokerError } from "../errors.ts";
import type { SealContext } from "./envelope.ts";
import type { FernetKey } from "./fernet-key.ts";
import type { KeyRing } from "./key-ring.ts";
import { pinsDigest } from "./pins.ts";
import { createSealer, type Sealed } from "./seal.ts";

const CHECK_TEXT = "token-broker key check";
const NO_PINS = pinsDigest({});

const checkContext = (keyId: string): SealContext => ({
  table: "encryption_keys",
  row: [keyId],
  field: "check_value",
  version: "0",
  pins: NO_PINS,
});

/** The check value of a key: what `encryption_keys` keeps, once per key id ever used, to tell at boot whether the right key is configured. */
export const createKeyCheck = (key: FernetKey): Sealed => {
  const ring: KeyRing = { primary: key, keys: new Map([[key.id, key]]) };
  return createSealer(ring).seal(CHECK_TEXT, checkContext(key.id));
};

/** True if the ring holds the very key that made this check value; false for a missing key, for another key of the same id, and for a damaged value. */
export const verifyKeyCheck = (keyRing: KeyRing, check: Sealed): boolean => {
  try {
    return createSealer(keyRing).open(check, checkContext(check.keyId)) === CHECK_TEXT;
  } catch (error) {
    if (error instanceof BrokerError && error.code === "KEY_UNAVAILABLE") return false;
    throw error;
  }
};
