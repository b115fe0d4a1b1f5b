import { type Endpoints, environmentName, fillText, type LoginRules } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import { type DiscoverOpenId, IdentityFailure, TENANT, type Trust } from "../oauth/index.ts";
import type { AuthorizationRow } from "../store/index.ts";

/** How a provider will prove who logs in. Pinned when the login starts. */
export interface LoginTarget {
  /** Of the person's identity; of an ID token as well, if there is one. May hold `{tenantid}` then. */
  readonly issuer: string;
  /** Empty = the provider has no ID tokens, and its userinfo recipe decides. */
  readonly jwksUrl: string;
  /** Empty = the ID token says everything. */
  readonly userinfoUrl: string;
  readonly scopes: readonly string[];
}

const OPENID_SCOPES = ["openid", "profile", "email"];

/**
 * The catalog's way, and for a provider whose issuer the operator wrote down the one that its own metadata tells.
 *
 * @throws BrokerError PROVIDER_NOT_FOUND when it is not offered for login; PROVIDER_MISCONFIGURED when nobody knows how it proves an identity.
 */
export const loginTarget = async (
  registration: Registration,
  endpoints: Endpoints,
  discover: DiscoverOpenId,
  trust: Trust,
): Promise<LoginTarget> => {
  if (!registration.loginEnabled) throw notOffered(registration);
  const { login } = registration.definition;
  if (login?.idToken) {
    if (login.idToken.tenantAllowList && allowedTenants(registration, endpoints).length === 0)
      throw noTenants(registration);
    return {
      issuer: filled(registration, login.idToken.issuer, endpoints),
      jwksUrl: filled(registration, login.idToken.jwksUrl, endpoints),
      userinfoUrl: endpoints.userinfoUrl,
      scopes: withOpenId(login.scopes),
    };
  }
  if (login?.userinfo) return recipeTarget(registration, login, login.userinfo, endpoints);
  if (endpoints.issuer === undefined) throw undescribed(registration);
  return await discovered(registration, endpoints.issuer.value, discover, trust);
};

export const recipeTarget = (
  registration: Registration,
  { issuer, scopes }: LoginRules,
  { url }: NonNullable<LoginRules["userinfo"]>,
  endpoints: Endpoints,
): LoginTarget => ({
  issuer: filled(registration, issuer, endpoints),
  jwksUrl: "",
  userinfoUrl: filled(registration, url, endpoints),
  scopes,
});

const discovered = async (
  registration: Registration,
  issuer: string,
  discover: DiscoverOpenId,
  trust: Trust,
): Promise<LoginTarget> => {
  try {
    return { ...(await discover(issuer, trust)), scopes: OPENID_SCOPES };
  } catch (error) {
    if (!(error instanceof IdentityFailure)) throw error;
    throw new BrokerError(
      "PROVIDER_MISCONFIGURED",
      `provider ${registration.name}: its issuer publishes no OpenID Connect metadata that names the same issuer and a key set`,
      { metadata: { cause: "login_metadata", provider: registration.name } },
    );
  }
};

const withOpenId = (scopes: readonly string[]): readonly string[] =>
  scopes.includes("openid") ? scopes : ["openid", ...scopes];

/** Stands in a URL for the tenant that only the token will name. */
const TENANT_STANDS_HERE = "TENANT-OF-THE-TOKEN";

/** Variables were checked by their patterns; that the text still reads as one URL is the second fence. */
const filled = (registration: Registration, template: string, { texts }: Endpoints): string => {
  const text = fillText(template.replaceAll(TENANT, TENANT_STANDS_HERE), { texts });
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  const readsBack = url && (url.href === text || url.href === `${text}/`) && url.username === "";
  if (text === undefined || !readsBack) throw undescribed(registration);
  return text.replaceAll(TENANT_STANDS_HERE, TENANT);
};

const TENANT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ANY = "*";

/** Those the operator lists, and one that the endpoints are already bound to. */
const allowedTenants = (
  { loginTenants }: Pick<Registration, "loginTenants">,
  { texts }: Pick<Endpoints, "texts">,
): readonly string[] => [...loginTenants, ...Object.values(texts).filter((text) => TENANT_ID.test(text))];

/** Whether people of this tenant may log in. */
export const isAllowedTenant = (
  registration: Pick<Registration, "loginTenants">,
  endpoints: Pick<Endpoints, "texts">,
  tenant: unknown,
): boolean => {
  const allowed = allowedTenants(registration, endpoints);
  return typeof tenant === "string" && (allowed.includes(ANY) || allowed.includes(tenant));
};

const NAMES = { issuer: "loginIssuer", jwksUrl: "loginJwksUrl", userinfoUrl: "loginUserinfoUrl" } as const;

/** As the flow's row keeps it beside the endpoints. */
export const pinTarget = (target: LoginTarget): Readonly<Record<string, string>> => ({
  [NAMES.issuer]: target.issuer,
  [NAMES.jwksUrl]: target.jwksUrl,
  [NAMES.userinfoUrl]: target.userinfoUrl,
});

export const pinnedTarget = ({
  endpoints,
}: Pick<AuthorizationRow, "endpoints">): Omit<LoginTarget, "scopes"> => ({
  issuer: endpoints[NAMES.issuer] ?? "",
  jwksUrl: endpoints[NAMES.jwksUrl] ?? "",
  userinfoUrl: endpoints[NAMES.userinfoUrl] ?? "",
});

const notOffered = ({ name }: Registration): BrokerError => {
  const variable = `CONNECT_${environmentName(name)}_LOGIN_ENABLED`;
  return new BrokerError(
    "PROVIDER_NOT_FOUND",
    `provider ${name} is not offered for login: set ${variable}=true`,
    { metadata: { provider: name, missing: variable } },
  );
};

const undescribed = ({ name }: Registration): BrokerError =>
  new BrokerError(
    "PROVIDER_MISCONFIGURED",
    `provider ${name}: nothing says how it proves who a person is; for an OpenID Connect server set CONNECT_${environmentName(name)}_ISSUER`,
    { metadata: { cause: "login_not_described", provider: name } },
  );

const noTenants = ({ name }: Registration): BrokerError => {
  const variable = `CONNECT_${environmentName(name)}_LOGIN_TENANTS`;
  return new BrokerError(
    "PROVIDER_MISCONFIGURED",
    `provider ${name} serves many tenants: list those whose people may log in in ${variable}`,
    { metadata: { cause: "login_tenants", provider: name, missing: variable } },
  );
};
