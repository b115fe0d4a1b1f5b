import { z } from "zod";
import { expiryFacts, refreshFacts, tokenAnswerFacts } from "./facts/answers.ts";
import { clientAuthenticationFacts } from "./facts/client-authentication.ts";
import { hookFacts } from "./facts/hooks.ts";
import { loginFacts } from "./facts/login.ts";
import { metadataFacts } from "./facts/metadata.ts";
import { authorizeRequestFacts, callbackFacts, tokenRequestFacts } from "./facts/requests.ts";
import { revokeFacts } from "./facts/revoke.ts";
import { httpsTemplate, names, params } from "./facts/texts.ts";
import { assumedFact, contestedFact } from "./facts/trust.ts";

/**
 * The shape of a catalog entry as a contributor writes it (`data/*.json`). This schema is the source of three
 * things: the TypeScript type, the JSON Schema an editor checks with, and the lint test. Nothing is validated
 * at start-up: the lint already did.
 *
 * URLs may hold `{variable}` placeholders, each declared under `variables`. Everything left out means the
 * RFC's default; `definition.ts` lists those defaults in one place.
 */

/** A value a registration or a connection supplies: tenant, shop, region. */
export const variableFacts = z.strictObject({
  description: z.string(),
  /** Anchored regular expression the value must match before it touches a URL. */
  pattern: z.string(),
  example: z.string(),
  default: z.string().exactOptional(),
  /**
   * Set on the one variable that carries the host; it is also `CONNECT_{NAME}_DOMAIN`. `suffix`
   * (".zendesk.com") is what the vendor fixes and what follows the placeholder in the template: a bare label
   * and the full host are both accepted. Without a suffix the host is free, and then only the operator may
   * set it.
   */
  host: z.strictObject({ suffix: z.string().startsWith(".").exactOptional() }).exactOptional(),
  /**
   * What certain values put into the URL instead of themselves ("eu" → "eu.", "us" → ""). Where the pattern
   * admits no others it is a closed list; being part of the catalog, the texts may then hold a whole host.
   */
  values: z.record(z.string(), z.string()).exactOptional(),
  /** Put behind every value that is not in `values`: the "/" of an optional path segment. */
  append: z.string().exactOptional(),
  /**
   * Who may give the value. `connection` (StartAuthorization.provider_config) is legal only where the
   * template fixes the registrable domain.
   */
  from: z.array(z.enum(["registration", "connection"])).min(1),
});

export const providerFacts = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  displayName: z.string(),
  /** Other names a person may search it by; none of them configures it. */
  aliases: names.exactOptional(),
  category: z.enum([
    "analytics",
    "calendar",
    "communication",
    "crm",
    "dev-tools",
    "ecommerce",
    "enterprise-oidc",
    "finance",
    "hr",
    "identity",
    "marketing",
    "other",
    "productivity",
    "social",
    "storage",
    "support",
  ]),
  /**
   * About the two URLs. `confirmed`: two or more independent sources agree on both. `single-source`: one names
   * at least one of them. `contested`: sources disagree. `unverified`: the vendor documents no such endpoint.
   */
  confidence: z.enum(["confirmed", "single-source", "contested", "unverified"]),
  docsUrl: z.url().exactOptional(),
  /** Where the facts were taken from: names of public catalogs and "vendor-docs". */
  sources: z.array(z.string()).min(1),
  /** Month of the last review, YYYY-MM. */
  reviewed: z.string().regex(/^\d{4}-\d{2}$/),
  /** What a reader must know about contested or unverified facts. */
  findings: z.array(z.string()).exactOptional(),
  contested: z.array(contestedFact).exactOptional(),
  assumed: z.array(assumedFact).exactOptional(),
  /** What does not work yet with this provider, in a user's words. Shown by ListProviders. */
  limitations: z.array(z.string()).exactOptional(),

  authorizeUrl: httpsTemplate.exactOptional(),
  tokenUrl: httpsTemplate.exactOptional(),
  /** Only where refreshing goes to another endpoint than the exchange. */
  refreshUrl: httpsTemplate.exactOptional(),
  userinfoUrl: httpsTemplate.exactOptional(),
  /**
   * `verified` = seen in real answers or in the vendor's metadata (`evidence` says where). Only a verified
   * issuer is ever compared. `required` = the vendor promises `iss` in every authorization response (RFC 9207).
   */
  issuer: z
    .strictObject({
      value: z.string(),
      verified: z.boolean(),
      required: z.boolean().exactOptional(),
      evidence: z.string().exactOptional(),
    })
    .exactOptional(),

  variables: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), variableFacts).exactOptional(),

  /** See the PKCE table of `definition.ts` for what each value sends. */
  pkce: z.enum(["required", "s256", "unknown", "tolerated", "none", "unsupported"]),
  clientAuthentication: clientAuthenticationFacts,

  /** The vendor issues tokens for the client itself (RFC 6749 section 4.4) at the token endpoint, and documents it here. */
  clientCredentials: z.strictObject({ docsUrl: z.url() }).exactOptional(),

  scopes: z.strictObject({
    default: z.array(z.string()),
    /** Between scopes in the authorization request. */
    separator: z.string().exactOptional(),
    /** The request parameter, where it is not `scope`. */
    parameter: z.string().exactOptional(),
    /** Leave the parameter out when no scope is asked for, instead of sending it empty. */
    omitWhenEmpty: z.boolean().exactOptional(),
    /** Whether the token answer lists what was granted. False: missing scopes cannot be judged. */
    listed: z.boolean().exactOptional(),
    /** Asked-for name → name in the answer. */
    aliases: params.exactOptional(),
    /** Scopes the vendor grants but never lists in the answer. */
    neverListed: z.array(z.string()).exactOptional(),
    /** A granted scope → the narrower ones it contains, which the vendor then leaves out of the answer. */
    implies: z.record(z.string(), z.array(z.string())).exactOptional(),
    /** What the vendor may put before a scope's name or leave out. */
    optionalPrefix: z.string().exactOptional(),
    /** The vendor answers in its own capitals. */
    caseInsensitive: z.boolean().exactOptional(),
  }),

  authorizeRequest: authorizeRequestFacts.exactOptional(),
  callback: callbackFacts.exactOptional(),
  tokenRequest: tokenRequestFacts.exactOptional(),
  tokenAnswer: tokenAnswerFacts.exactOptional(),
  expiry: expiryFacts.exactOptional(),
  refresh: refreshFacts.exactOptional(),
  metadata: z.array(metadataFacts).exactOptional(),
  revoke: revokeFacts.exactOptional(),
  login: loginFacts.exactOptional(),
  hooks: hookFacts.exactOptional(),

  usage: z
    .strictObject({
      headerName: z.string().exactOptional(),
      headerPrefix: z.string().exactOptional(),
      apiBaseUrl: httpsTemplate.exactOptional(),
      allowedOrigins: z.array(httpsTemplate).exactOptional(),
    })
    .exactOptional(),

  /** The names used before `CONNECT_{NAME}_*`; read as a fallback. */
  legacyEnvironment: z.strictObject({ clientId: z.string(), clientSecret: z.string() }).exactOptional(),
});

/** One file of `data/`, named after the category of its entries. */
export const catalogFile = z.strictObject({
  $schema: z.literal("./schema.json"),
  providers: z.array(providerFacts),
});

export type ProviderFacts = z.infer<typeof providerFacts>;
export type VariableFacts = z.infer<typeof variableFacts>;
