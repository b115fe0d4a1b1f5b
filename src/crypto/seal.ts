import { BrokerError } from "../errors.ts";
import { belongsTo, readEnvelope, type SealContext, writeEnvelope } from "./envelope.ts";
import type { FernetKey } from "./fernet-key.ts";
import { fernetDecrypt, fernetEncrypt, FernetError } from "./fernet.ts";
import type { KeyRing } from "./key-ring.ts";

/** A sealed value as a row stores it: a Fernet token, and the id of the key that made it. */
export interface Sealed {
  readonly ciphertext: string;
  readonly keyId: string;
}

/** Why a sealed value does not open; the `cause` in the metadata of `KEY_UNAVAILABLE`. */
export type SealProblem = "unknown_key" | "corrupt" | "binding";

export interface Sealer {
  /** Seals `secret` for one place, with the primary key. */
  seal(secret: string, context: SealContext): Sealed;
  /** The secret. Throws `BrokerError` `KEY_UNAVAILABLE` with `metadata.cause` a `SealProblem`; there is no other outcome. */
  open(sealed: Sealed, context: SealContext): string;
}

const MESSAGES: Record<SealProblem, string> = {
  unknown_key:
    "a stored secret was sealed with a key that is not configured: put that key back into CONNECT_TOKEN_ENCRYPTION_KEY, after the first one",
  corrupt: "a stored secret does not decrypt with the key it names: its ciphertext or its key id was changed",
  binding:
    "a stored secret does not belong to its row: the ciphertext was moved, or the row's owner, version, client or endpoints were edited",
};

const unavailable = (problem: SealProblem, cause?: FernetError): BrokerError =>
  new BrokerError("KEY_UNAVAILABLE", MESSAGES[problem], { metadata: { cause: problem }, cause });

/** The ring is read at each call, so one whose `primary` and `keys` change (a key file read again) takes effect at once. */
export const createSealer = (keyRing: KeyRing): Sealer => ({
  seal(secret, context) {
    const key = keyRing.primary;
    return { ciphertext: fernetEncrypt(key, writeEnvelope(secret, context)), keyId: key.id };
  },

  open(sealed, context) {
    const key = keyRing.keys.get(sealed.keyId);
    if (key === undefined) throw unavailable("unknown_key");
    const envelope = readEnvelope(decrypt(key, sealed.ciphertext));
    if (envelope === undefined) throw unavailable("corrupt");
    if (!belongsTo(envelope, context)) throw unavailable("binding");
    return envelope.secret;
  },
});

const decrypt = (key: FernetKey, ciphertext: string): string => {
  try {
    return fernetDecrypt(key, ciphertext).toString("utf8");
  } catch (error) {
    throw error instanceof FernetError ? unavailable("corrupt", error) : error;
  }
};
