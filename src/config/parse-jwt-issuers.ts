import { z } from "zod";
import { isLoopbackHost } from "./hosts.ts";
import { duration, readSettingsFile } from "./settings-file.ts";

/** Whose JWTs are believed, and how far. */
export interface JwtIssuer {
  /** Stands in callers' ids: `jwt:<name>:…`. */
  readonly name: string;
  /** Exactly the claim `iss`. */
  readonly issuer: string;
  /** Exactly the claim `aud`. */
  readonly audience: string;
  /** The token may be for others as well. */
  readonly allowOtherAudiences: boolean;
  readonly keys: { readonly url: string } | { readonly file: string };
  readonly algorithms: readonly string[];
  /** The longest that a token may live from `iat` to `exp`. */
  readonly maxLifetimeMs: number;
  readonly skewMs: number;
  /** The claim that names the caller or the person. */
  readonly claim: string;
}

export interface JwtIssuers {
  /** Who vouches for callers. */
  readonly callers: readonly JwtIssuer[];
  /** Who vouches for people. */
  readonly subjects: readonly JwtIssuer[];
}

/** Public keys only: with `none` nobody signed, and with HS256 whoever knows the public key as a text could have (RFC 8725 section 3.1). */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;
const DEFAULT_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"] as const;

const line = (text: string) =>
  z
    .string(text)
    .min(1, text)
    .max(2048, text)
    .regex(/^\P{Cc}*$/u, text);

const isKeysUrl = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
};

const common = {
  name: z
    .string("must be a name of lower-case letters, digits and -")
    .regex(/^[a-z0-9-]{1,63}$/, "must be a name of lower-case letters, digits and -"),
  issuer: line("must be the claim iss, exactly"),
  audience: line("must be the claim aud, exactly"),
  allow_other_audiences: z.boolean("must be true or false").default(false),
  jwks_url: line("must be an https URL")
    .refine(isKeysUrl, "must be an https URL (http only for this machine)")
    .optional(),
  jwks_file: line("must be a path").optional(),
  algorithms: z
    .array(z.enum(ALGORITHMS, `must be of ${ALGORITHMS.join(", ")}`), "must be a list")
    .min(1, "must not be empty")
    .default([...DEFAULT_ALGORITHMS]),
  max_lifetime: duration.default(3_600_000),
  clock_skew: duration.refine((ms) => ms <= 300_000, "must not be longer than 5m").default(60_000),
};

type Common = z.infer<z.ZodObject<typeof common>>;

const hasOneSource = ({ jwks_url, jwks_file }: Pick<Common, "jwks_url" | "jwks_file">): boolean =>
  (jwks_url === undefined) !== (jwks_file === undefined);
const ONE_SOURCE = "needs either jwks_url or jwks_file";

const caller = z
  .strictObject({ ...common, caller_claim: line("must be a claim").default("sub") })
  .refine(hasOneSource, ONE_SOURCE);
const subject = z
  .strictObject({ ...common, user_claim: line("must be a claim").default("sub") })
  .refine(hasOneSource, ONE_SOURCE);

const hasOwnNames = (entries: readonly Common[]): boolean =>
  new Set(entries.map(({ name }) => name)).size === entries.length;

const file = z.strictObject(
  {
    issuers: z
      .array(caller, "must be a list")
      .max(100, "must not have more than 100 items")
      .refine(hasOwnNames, "must have a name each of its own")
      .default([]),
    subjects: z
      .array(subject, "must be a list")
      .max(100, "must not have more than 100 items")
      .refine(hasOwnNames, "must have a name each of its own")
      .default([]),
  },
  "must have issuers, subjects or both",
);

/**
 * Reads the file of BROKER_JWT_ISSUERS_FILE.
 *
 * @throws SettingsFileError naming the lines.
 */
export const parseJwtIssuers = (source: string): JwtIssuers => {
  const { issuers, subjects } = readSettingsFile(source, file).value;
  return {
    callers: issuers.map((entry) => toIssuer(entry, entry.caller_claim)),
    subjects: subjects.map((entry) => toIssuer(entry, entry.user_claim)),
  };
};

const toIssuer = (entry: Common, claim: string): JwtIssuer => ({
  name: entry.name,
  issuer: entry.issuer,
  audience: entry.audience,
  allowOtherAudiences: entry.allow_other_audiences,
  keys: entry.jwks_url === undefined ? { file: entry.jwks_file ?? "" } : { url: entry.jwks_url },
  algorithms: entry.algorithms,
  maxLifetimeMs: entry.max_lifetime,
  skewMs: entry.clock_skew,
  claim,
});
