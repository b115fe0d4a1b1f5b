import { z } from "zod";
import { httpMethod, httpsTemplate, params, path } from "./texts.ts";

/** How a person is recognised, where the vendor can be used for that. Exactly one of `idToken` and `userinfo`. */
export const loginFacts = z.strictObject({
  /**
   * What stands in a login's result as the issuer, never out of an answer; with an ID token it is the token's `iss`, once that is proven to be
   * `idToken.issuer`.
   */
  issuer: z.string(),
  scopes: z.array(z.string()),
  /** OpenID Connect Core section 3.1.3.7. */
  idToken: z
    .strictObject({
      /** `iss` of the ID token. `{tenantid}` stands for the claim `tid`, which `tenantAllowList` then judges. */
      issuer: z.string(),
      jwksUrl: httpsTemplate,
      /** The operator must list the tenants that may log in. */
      tenantAllowList: z.boolean().exactOptional(),
    })
    .exactOptional(),
  userinfo: z
    .strictObject({
      url: httpsTemplate,
      method: httpMethod.exactOptional(),
      headers: params.exactOptional(),
      /** The vendor's own unchanging id of the person. */
      subject: path,
      email: path.exactOptional(),
      /** A path, or what is always true of this vendor's addresses. */
      emailVerified: z.union([path, z.boolean()]).exactOptional(),
      name: path.exactOptional(),
      picture: path.exactOptional(),
    })
    .exactOptional(),
});
