import { z } from "zod";
import { httpsTemplate, params } from "./texts.ts";

/** RFC 7009 unless the fields say otherwise. */
export const revokeFacts = z.strictObject({
  url: httpsTemplate,
  method: z.enum(["POST", "DELETE", "GET"]).exactOptional(),
  /** `client` = as at the token endpoint, `basic` = HTTP Basic, `bearer` = the token itself in the header. */
  auth: z.enum(["client", "basic", "bearer", "none"]).exactOptional(),
  /** Where the parameters stand. Left out: as at the token endpoint. */
  body: z.enum(["form", "json", "query", "none"]).exactOptional(),
  /** The token's parameter; empty = it is not sent as one. */
  tokenParameter: z.string().exactOptional(),
  /** The only kind of token that this endpoint takes. Left out: both, one after the other. */
  token: z.enum(["access", "refresh"]).exactOptional(),
  params: params.exactOptional(),
  headers: params.exactOptional(),
  /** Revoking one token ends the person's whole consent for this client. */
  endsConsent: z.boolean().exactOptional(),
});
