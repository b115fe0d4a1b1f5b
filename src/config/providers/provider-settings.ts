import { splitScopes } from "../../catalog/index.ts";
import { boolean, type ValueType } from "../value-types.ts";

/** A variable of one provider, as it stands behind `CONNECT_{NAME}_`. */
export interface ProviderSetting<T> {
  /** The preferred name first. */
  readonly suffixes: readonly [string, ...string[]];
  readonly type: ValueType<T>;
  readonly doc: string;
}

/** Judged together with the rest of the registration, not alone. */
const text = (expects: string): ValueType<string> => ({ expects, parse: (given) => given });

const url = text("an https URL");

const TENANT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const tenantIds: ValueType<readonly string[]> = {
  expects: "tenant ids (UUIDs) separated by spaces or commas, or * for any",
  parse(given) {
    const ids = given
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((id) => id !== "");
    return ids.every((id) => id === "*" || TENANT_ID.test(id)) ? ids : undefined;
  },
};

const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A day means its beginning in UTC: early rather than late. */
const moment: ValueType<Date> = {
  expects: "a day such as 2027-01-31, or an RFC 3339 time such as 2027-01-31T12:00:00Z",
  parse(given) {
    const date = new Date(given);
    const isReal = MOMENT.test(given) && date.getTime() > 0;
    // `new Date` takes the 31st of February for a day of March.
    return isReal && new Date(given.slice(0, 10)).toISOString().startsWith(given.slice(0, 10))
      ? date
      : undefined;
  },
};

const SEPARATOR_WORDS: ReadonlyMap<string, string> = new Map([
  ["space", " "],
  ["comma", ","],
]);

const separator: ValueType<string> = {
  expects: "space, comma, or the characters themselves",
  parse: (given) => SEPARATOR_WORDS.get(given.toLowerCase()) ?? given,
};

/** `a=1&b=two%20words`, each name once. */
const queryString: ValueType<Readonly<Record<string, string>>> = {
  expects: "parameters as in a query string (name=value&other=value), each name once, percent-encoded",
  parse(given) {
    const entries = [...new URLSearchParams(given)];
    const names = new Set(entries.map(([name]) => name));
    return names.size === entries.length && !given.startsWith("?") ? Object.fromEntries(entries) : undefined;
  },
};

/** The settings of a provider that are not secret, by the field of the registration they fill. */
export const providerSettings = {
  clientId: {
    suffixes: ["CLIENT_ID"],
    type: text("as the provider shows it"),
    doc: "The client id that the provider issued. Together with the secret it activates a catalog entry.",
  },
  template: {
    suffixes: ["TEMPLATE"],
    type: text("the name of a catalog entry"),
    doc: "The catalog entry whose facts apply, for a name that is not its own: a second client of one vendor.",
  },
  defaultScopes: {
    suffixes: ["SCOPES"],
    type: { expects: "scopes separated by spaces or commas", parse: splitScopes },
    doc: "Scopes to ask for where StartAuthorization names none, separated by spaces (commas are accepted). They replace the catalog's.",
  },
  pkceRequired: {
    suffixes: ["PKCE_REQUIRED", "PKCE"],
    type: boolean,
    doc: "Whether PKCE (S256) is used. On unless the catalog proves that the vendor breaks on it. It cannot be switched off for a public client.",
  },
  tokenEndpointAuthMethod: {
    suffixes: ["TOKEN_ENDPOINT_AUTH_METHOD"],
    type: text("client_secret_basic, client_secret_post or none"),
    doc: "`client_secret_basic` (the default outside the catalog), `client_secret_post`, or `none` for a public client without a secret.",
  },
  authorizeUrl: {
    suffixes: ["AUTHORIZE_URL"],
    type: url,
    doc: "The authorization endpoint. https, or http on this machine where `BROKER_ALLOW_INSECURE_LOOPBACK` allows it.",
  },
  tokenUrl: {
    suffixes: ["TOKEN_URL"],
    type: url,
    doc: "The token endpoint, also for refreshing. Where it replaces a catalog entry's, that entry's revocation and userinfo endpoints and issuer are forgotten unless they are given as well.",
  },
  revokeUrl: { suffixes: ["REVOKE_URL"], type: url, doc: "The revocation endpoint (RFC 7009)." },
  userinfoUrl: { suffixes: ["USERINFO_URL"], type: url, doc: "The userinfo endpoint." },
  issuer: {
    suffixes: ["ISSUER"],
    type: text("an https URL without query"),
    doc: "The authorization server's issuer identifier, exactly as its metadata spells it.",
  },
  scopeSeparator: {
    suffixes: ["SCOPE_SEPARATOR"],
    type: separator,
    doc: "What stands between scopes in the authorization request: `space` (the default), `comma`, or the characters themselves.",
  },
  extraAuthorizeParams: {
    suffixes: ["EXTRA_AUTHORIZE_PARAMS"],
    type: queryString,
    doc: "Parameters to add to the authorization request, as in a query string: `access_type=offline&prompt=consent`. What the flow sets itself is refused.",
  },
  extraTokenParams: {
    suffixes: ["EXTRA_TOKEN_PARAMS"],
    type: queryString,
    doc: "Parameters to add to the code exchange and to every refresh, as in a query string.",
  },
  loginEnabled: {
    suffixes: ["LOGIN_ENABLED", "LOGIN"],
    type: boolean,
    doc: "Whether the provider is also offered for user login.",
  },
  loginTenants: {
    suffixes: ["LOGIN_TENANTS"],
    type: tenantIds,
    doc: "Where the vendor serves many tenants under one address: the ids of those whose people may log in, separated by spaces or commas, or `*` for any.",
  },
  clientSecretExpiresAt: {
    suffixes: ["CLIENT_SECRET_EXPIRES_AT"],
    type: moment,
    doc: "When the client secret ends at the provider: a day (2027-01-31) or an RFC 3339 time. GetProvider shows it, and from 30 days before the log warns once a day. It changes nothing else.",
  },
} as const satisfies Record<string, ProviderSetting<unknown>>;

/** Each also from `…_FILE`. */
export const providerSecretSettings = {
  clientSecret: {
    suffix: "CLIENT_SECRET",
    doc: "The client secret that the provider issued.",
  },
  privateKey: {
    suffix: "PRIVATE_KEY",
    doc: "In place of the client secret, where the provider authenticates the client by a signed token: the private key in PEM. Line breaks may be written as `\\n`.",
  },
  previousClientSecret: {
    suffix: "CLIENT_SECRET_PREVIOUS",
    doc: "The secret before the present one, tried when the provider answers `invalid_client`: for the time of a change.",
  },
} as const;
