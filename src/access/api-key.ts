import { apiKeyIdPattern } from "../config/index.ts";
import { randomToken, sha256Hex } from "../crypto/index.ts";
import { BrokerError } from "../errors.ts";

/** What a caller presents. */
export interface ApiKey {
  readonly id: string;
  readonly secret: string;
}

export interface NewApiKey {
  /** For the caller: `tbk_<id>_<secret>`. Shown once; it is stored nowhere. */
  readonly key: string;
  /** For the file of BROKER_API_KEYS_FILE. */
  readonly line: string;
}

/** A new key for a caller: 256 random bits, of which the file keeps a digest. */
export const newApiKey = (id: string): NewApiKey => {
  if (!apiKeyIdPattern.test(id))
    throw new BrokerError(
      "INVALID_REQUEST",
      "an API key's id has lower-case letters, digits and -, at most 63",
    );
  const secret = randomToken();
  return { key: `tbk_${id}_${secret}`, line: `${id} ${sha256Hex(secret)}` };
};

/** The scheme is case-insensitive (RFC 9110 section 11.1), the key is not. Its secret is 43 characters of base64url, which may hold `_`; the id has none. */
const BEARER = /^bearer +tbk_([a-z0-9-]{1,63})_([A-Za-z0-9_-]{43})$/i;

/** The API key of an `authorization` header; `undefined` for anything else. */
export const parseBearer = (authorization: string): ApiKey | undefined => {
  const [, id, secret] = BEARER.exec(authorization) ?? [];
  return id !== undefined && secret !== undefined && apiKeyIdPattern.test(id) ? { id, secret } : undefined;
};
