import { z } from "zod";
import { names, path } from "./texts.ts";

const tokenPaths = z.strictObject({
  accessToken: path.exactOptional(),
  refreshToken: path.exactOptional(),
  expiresIn: path.exactOptional(),
  scope: path.exactOptional(),
  tokenType: path.exactOptional(),
});

/** How the token endpoint's answer is read. */
export const tokenAnswerFacts = z.strictObject({
  /** Accept an answer in application/x-www-form-urlencoded (against RFC 6749 section 5.1). */
  formEncoded: z.boolean().exactOptional(),
  /** The content type is wrong. Documentation: nobody's content type is believed. */
  anyContentType: z.boolean().exactOptional(),
  /** Where the values of a success stand: every other path begins there, or else at the top. */
  root: path.exactOptional(),
  /**
   * Dotted paths, where a value is not at the top level under its RFC name. An empty path is not read: the
   * `tokenType` of a vendor whose types are not those of RFC 6750.
   */
  paths: tokenPaths.exactOptional(),
  /** Tokens beside the main one, by the name a caller asks for. One that the answer lacks is left out. */
  tokens: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9_]{0,31}$/),
        paths: z.strictObject({ ...tokenPaths.shape, accessToken: path }),
      }),
    )
    .exactOptional(),
  /**
   * A 200 answer whose `field` is present and not one of `success` is an error; its code is read from
   * `code`.
   */
  errorIn200: z.strictObject({ field: path, success: names, code: path.exactOptional() }).exactOptional(),
  /** Where an error stands, if not at `error`. From the top, whatever `root` says. */
  errorPaths: z.strictObject({ error: path }).exactOptional(),
  /** Error codes that mean what RFC 6749 calls `invalid_grant` / `invalid_client`. */
  errorDialect: z
    .strictObject({ invalidGrant: names.exactOptional(), invalidClient: names.exactOptional() })
    .exactOptional(),
});

/** How long an access token works. */
export const expiryFacts = z.strictObject({
  /** Lifetime where the answer does not say. */
  defaultSeconds: z.int().positive().exactOptional(),
  /** A length of 0 means that the token does not expire. */
  zeroMeansNever: z.boolean().exactOptional(),
  /** The length's name, where it is not `expires_in`. */
  field: path.exactOptional(),
  /** The length's unit, where it is not the second. Digits in a text are read under every format. */
  format: z.enum(["seconds", "seconds-string", "milliseconds", "minutes"]).exactOptional(),
  /** Another field with an absolute time: unix seconds, unix milliseconds or ISO 8601. */
  absolute: z
    .strictObject({ field: path, format: z.enum(["seconds", "milliseconds", "iso8601"]) })
    .exactOptional(),
});

export const refreshFacts = z.strictObject({
  /** `never`: this vendor issues no refresh token. */
  issued: z.enum(["always", "on-request", "never"]).exactOptional(),
  /** A refresh answers with a new refresh token and the old one ends. */
  rotates: z.boolean().exactOptional(),
  /** How long a rotated refresh token is still accepted. */
  graceSeconds: z.number().nonnegative().exactOptional(),
  /** Refreshing ends the access token issued before. */
  killsAccessToken: z.boolean().exactOptional(),
  lifetimeSeconds: z.int().positive().exactOptional(),
  idleLifetimeSeconds: z.int().positive().exactOptional(),
  /** Not refreshed earlier than this before expiry, where the vendor refuses it. */
  notBeforeExpirySeconds: z.int().positive().exactOptional(),
  /** How many refreshes the vendor takes, for one client. Documentation. */
  rateLimit: z.strictObject({ requests: z.int().positive(), perSeconds: z.int().positive() }).exactOptional(),
  /** Grants of one person that live at a time; the vendor ends the oldest. Documentation. */
  grantsPerUser: z.int().positive().exactOptional(),
});
