/** Base64url with padding (RFC 4648 section 5), the form of Fernet keys and tokens. */
export const encodeBase64Url = (bytes: Buffer): string => {
  const text = bytes.toString("base64url");
  return text + "=".repeat((4 - (text.length % 4)) % 4);
};

/**
 * Decodes the one canonical text of some bytes; anything else is `undefined`. Node's decoder alone skips foreign characters, takes
 * `+` and `/`, needs no padding and ignores stray trailing bits (RFC 4648 sections 3.2 to 3.5); encoding again refuses all of these at once.
 */
export const decodeBase64Url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64url");
  return encodeBase64Url(bytes) === text ? bytes : undefined;
};
