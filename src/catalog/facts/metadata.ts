import { z } from "zod";
import { httpMethod, httpsTemplate, params, path } from "./texts.ts";

const common = {
  name: z.string(),
  path,
  /** What it is, for those who do not know the vendor. `label` is shown to people as the account's name. */
  role: z.enum(["host", "tenant", "account", "label"]).exactOptional(),
};

/** What to keep of the answers for callers, as `provider_metadata`. */
export const metadataFacts = z.discriminatedUnion("from", [
  z.strictObject({ ...common, from: z.enum(["token", "callback", "id_token"]) }),
  /**
   * One call with the new access token, at a host where the entry's tokens may be used (`usage`). Entries with the
   * same call share it. What it fails to bring is left out: no token is lost for it.
   */
  z.strictObject({
    ...common,
    from: z.literal("call"),
    url: httpsTemplate,
    method: httpMethod.exactOptional(),
    headers: params.exactOptional(),
    /** The JSON text of a POST. */
    body: z.string().exactOptional(),
    /** `path` is read in every item of the list that stands here ("" = the answer itself), joined by commas. */
    each: z.string().exactOptional(),
  }),
]);
