import { z } from "zod";

/**
 * How the client proves itself to the token endpoint.
 *
 * - `private_key_jwt`: a signed assertion in place of a secret (RFC 7523 section 2.2).
 * - `generated_secret`: the vendor takes a signed JWT as `client_secret`, in the body.
 *
 * With both, what the operator gives as the secret is the PEM of the private key.
 */
export const clientAuthenticationFacts = z.strictObject({
  method: z.enum([
    "client_secret_basic",
    "client_secret_post",
    "none",
    "private_key_jwt",
    "generated_secret",
  ]),
  /** `raw` = id and secret are not form-encoded first (against RFC 6749 section 2.3.1). */
  basicEncoding: z.enum(["form", "raw"]).exactOptional(),
  /** What stands before the colon, where it is not the client id; nothing stands behind it then. */
  basicUser: z.enum(["client_secret"]).exactOptional(),
  jwt: z
    .strictObject({
      algorithm: z.enum(["ES256", "ES384", "RS256", "PS256", "EdDSA"]),
      /** Texts with placeholders. Left out: the token endpoint, the client id, the client id, no `kid`. */
      audience: z.string().exactOptional(),
      issuer: z.string().exactOptional(),
      subject: z.string().exactOptional(),
      keyId: z.string().exactOptional(),
      lifetimeSeconds: z.int().positive().exactOptional(),
    })
    .exactOptional(),
});
