import { z } from "zod";
import { httpMethod, httpsTemplate, names, params, rename } from "./texts.ts";

/** How the browser is sent to the vendor. */
export const authorizeRequestFacts = z.strictObject({
  params: params.exactOptional(),
  /** Parameters of RFC 6749 that this vendor refuses ("response_type"). One that `params` names as well is replaced. */
  drop: names.exactOptional(),
  rename: rename.exactOptional(),
  responseMode: z.enum(["form_post"]).exactOptional(),
  /** Put behind everything else ("#wechat_redirect"). */
  fragment: z.string().startsWith("#").exactOptional(),
  /** The page is a route behind the URL's own `#`, and the parameters stand behind that. */
  hashRoute: z.boolean().exactOptional(),
  /** Between scopes a plus sign, and nothing in the parameter percent-encoded that a query may hold as it is. */
  scopeRaw: z.boolean().exactOptional(),
  /**
   * Scopes of a second kind go into a parameter of their own. A caller asks for them with `prefix` before the
   * name ("user:search:read"), and so they stand in `scopes.default`.
   */
  secondScope: z.strictObject({ parameter: z.string(), prefix: z.string().min(1) }).exactOptional(),
  /** The vendor loses `state`, so it also stands in the query of `redirect_uri`. */
  stateInRedirectUri: z.boolean().exactOptional(),
});

/** What the browser brings back. */
export const callbackFacts = z.strictObject({
  /** The code's name, where it is not `code`. */
  codeParameter: z.string().exactOptional(),
  /** The error's name, where it is not `error`. */
  errorParameter: z.string().exactOptional(),
  /** Its values that mean that the person said no, beside `access_denied`. */
  denied: names.exactOptional(),
  /** Parameters of the callback that the code exchange repeats ("device_id", "state"). */
  forward: names.exactOptional(),
  /**
   * The callback names the host of the token endpoint. `allow` holds every host it may name, or with a leading
   * dot every host below a domain. Several parameters are joined by dots; `append` completes what they hold.
   */
  tokenHost: z
    .strictObject({
      parameter: z.union([z.string(), z.array(z.string()).min(1)]),
      allow: z.array(z.string().regex(/^\.?[a-z0-9-]+(\.[a-z0-9-]+)+$/)).min(1),
      append: z.string().startsWith(".").exactOptional(),
    })
    .exactOptional(),
});

/** How the token endpoint is spoken to. */
export const tokenRequestFacts = z.strictObject({
  method: httpMethod.exactOptional(),
  /** Left out: the query of a GET, the body of a POST. */
  paramsIn: z.enum(["body", "query"]).exactOptional(),
  body: z.enum(["form", "json"]).exactOptional(),
  headers: params.exactOptional(),
  /** Added to the code exchange. */
  exchangeParams: params.exactOptional(),
  /** Added to a refresh. */
  refreshParams: params.exactOptional(),
  /** In both; the other two go before it. */
  rename: rename.exactOptional(),
  exchangeRename: rename.exactOptional(),
  refreshRename: rename.exactOptional(),
  /** What of the RFCs this vendor refuses. A parameter that the entry adds under the same name replaces it. */
  /** Parameters of the RFCs that are not sent. One of the added ones of the same name is sent in its place. */
  drop: names.exactOptional(),
  dropOnRefresh: names.exactOptional(),
  /**
   * Send the granted scopes again on a refresh (RFC 6749 section 6 makes it optional; a few vendors want
   * it).
   */
  scopeOnRefresh: z.boolean().exactOptional(),
  /** Beside 200. Documentation: whatever 2xx an answer with a token has, it is one. */
  successStatus: z.array(z.int().min(201).max(299)).exactOptional(),
  /** A refresh carries the refresh token in the Authorization header. */
  bearerRefresh: z.boolean().exactOptional(),
  /** A refresh that is not the grant of RFC 6749 section 6. */
  refreshGrant: z
    .strictObject({
      grantType: z.string().exactOptional(),
      /** Where the token stands, if not in `refresh_token`. */
      tokenParameter: z.string().exactOptional(),
      /** There is no refresh token: the access token is spent for the next one. */
      useAccessToken: z.boolean().exactOptional(),
      method: httpMethod.exactOptional(),
    })
    .exactOptional(),
  /** A second call right after the code exchange: the short-lived token for a long-lived one. */
  afterExchange: z
    .strictObject({
      url: httpsTemplate,
      method: httpMethod.exactOptional(),
      grantType: z.string(),
      /** Where the first token stands. */
      tokenParameter: z.string(),
      params: params.exactOptional(),
      drop: names.exactOptional(),
    })
    .exactOptional(),
});
