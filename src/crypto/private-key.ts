import { constants, createPrivateKey, type KeyObject, sign } from "node:crypto";

/** JSON Web Signature algorithms (RFC 7518 section 3.1, RFC 8037) by the key that they need. */
const ALGORITHMS = {
  ES256: { keyType: "ec", curve: "prime256v1", digest: "sha256" },
  ES384: { keyType: "ec", curve: "secp384r1", digest: "sha384" },
  RS256: { keyType: "rsa", curve: undefined, digest: "sha256" },
  PS256: { keyType: "rsa", curve: undefined, digest: "sha256" },
  EdDSA: { keyType: "ed25519", curve: undefined, digest: null },
} as const;

export type SigningAlgorithm = keyof typeof ALGORITHMS;

export const signingAlgorithms = Object.keys(ALGORITHMS) as readonly SigningAlgorithm[];

const MIN_RSA_BITS = 2048;

/** What is wrong with a PEM text as the key of an algorithm; undefined = nothing. Never says anything of the text itself. */
export const privateKeyProblem = (pem: string, algorithm: SigningAlgorithm): string | undefined => {
  const key = keyOf(pem);
  if (key === undefined) return "is no private key in PEM";
  const { keyType, curve } = ALGORITHMS[algorithm];
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== keyType || namedCurve !== curve) return `is no key for ${algorithm}`;
  return keyType === "rsa" && modulusLength < MIN_RSA_BITS
    ? `is an RSA key of less than ${MIN_RSA_BITS} bits`
    : undefined;
};

/**
 * A JSON Web Token (RFC 7519), signed.
 *
 * @throws Error when the text is no key for the algorithm; it says nothing of the text.
 */
export const signJwt = (
  pem: string,
  header: { readonly alg: SigningAlgorithm } & Readonly<Record<string, string>>,
  claims: Readonly<Record<string, string | number>>,
): string => {
  const problem = privateKeyProblem(pem, header.alg);
  const key = keyOf(pem);
  if (problem !== undefined || key === undefined) throw new Error(`the private key ${problem}`);
  const signed = `${segment(header)}.${segment(claims)}`;
  return `${signed}.${signatureOf(signed, key, header.alg).toString("base64url")}`;
};

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value), "utf8").toString("base64url");

const signatureOf = (text: string, key: KeyObject, algorithm: SigningAlgorithm): Buffer =>
  sign(ALGORITHMS[algorithm].digest, Buffer.from(text, "utf8"), {
    key,
    ...(ALGORITHMS[algorithm].keyType === "ec" ? { dsaEncoding: "ieee-p1363" } : {}),
    ...(algorithm === "PS256"
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {}),
  });

/** Line breaks may be written as `\n`, as one-line settings have them. */
const keyOf = (pem: string): KeyObject | undefined => {
  try {
    return createPrivateKey(pem.replaceAll(String.raw`\n`, "\n"));
  } catch {
    return undefined;
  }
};
