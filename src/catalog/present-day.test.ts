/**
 * Facts that much-copied catalogs get wrong, each with what the vendor does today. A row is a provider, what is at
 * stake, and the values that matter.
 */
import { describe, expect, it } from "vitest";
import leftOut from "./data/left-out.json" with { type: "json" };
import { completeDefinition, type ProviderDefinition } from "./definition.ts";
import { resolveEndpoints, type Endpoints } from "./endpoints.ts";
import { catalog, findTemplate } from "./templates.ts";

type Deep<T> = {
  readonly [K in keyof T]?: T[K] extends readonly unknown[]
    ? T[K]
    : T[K] extends object | undefined
      ? Deep<T[K]>
      : T[K];
};

const BASIC = { clientAuthentication: { method: "client_secret_basic" } } as const;
const kept = (...names: string[]) => ({
  metadata: expect.arrayContaining(
    names.map((name) => expect.objectContaining({ name })),
  ) as ProviderDefinition["metadata"],
});
const called = (name: string, url: string) => ({
  metadata: expect.arrayContaining([
    expect.objectContaining({ name, from: "call", url }),
  ]) as ProviderDefinition["metadata"],
});
/** The token itself goes into the Authorization header, and nothing into the body. */
const REVOKED_AS_BEARER = { auth: "bearer", body: "none", tokenParameter: "" } as const;
const says = (text: RegExp) => expect.arrayContaining([expect.stringMatching(text)]) as string[];

const definitions: readonly [string, string, Deep<ProviderDefinition>][] = [
  [
    "airtable",
    "authenticates with Basic, PKCE is required, no revocation endpoint exists",
    { ...BASIC, pkce: true, revokeUrl: "" },
  ],
  [
    "apple",
    "answers by form_post; the secret is a JWT that is signed anew",
    {
      authorizeRequest: { responseMode: "form_post" },
      clientAuthentication: {
        method: "generated_secret",
        jwt: {
          algorithm: "ES256",
          audience: "https://appleid.apple.com",
          issuer: "{team_id}",
          subject: "{client_id}",
          keyId: "{key_id}",
        },
      },
      revokeUrl: "https://appleid.apple.com/auth/revoke",
    },
  ],
  [
    "auth0",
    "asks for offline access; its issuer ends in a slash",
    {
      scopes: { default: ["openid", "profile", "email", "offline_access"] },
      issuer: { value: "https://{domain}/" },
    },
  ],
  [
    "basecamp",
    "replaces response_type and grant_type by type",
    {
      authorizeRequest: { params: { type: "web_server" }, drop: ["response_type"] },
      tokenRequest: {
        exchangeParams: { type: "web_server" },
        refreshParams: { type: "refresh" },
        drop: ["grant_type"],
      },
    },
  ],
  [
    "cognito",
    "has the user pool as its issuer, not the hosted domain",
    { issuer: { value: "https://cognito-idp.{region}.amazonaws.com/{user_pool_id}" } },
  ],
  [
    "figma",
    "redeems and refreshes at api.figma.com, at two endpoints, with Basic",
    {
      ...BASIC,
      tokenUrl: "https://api.figma.com/v1/oauth/token",
      refreshUrl: "https://api.figma.com/v1/oauth/refresh",
      revokeUrl: "https://api.figma.com/v1/oauth/revoke",
      scopes: { default: ["current_user:read"], separator: "," },
    },
  ],
  [
    "freshdesk",
    "has no endpoint that the vendor documents",
    { confidence: "unverified", authorizeUrl: "", tokenUrl: "", findings: says(/myfreshworks\.com/) },
  ],
  [
    "render",
    "has no endpoint that the vendor documents",
    { confidence: "unverified", authorizeUrl: "", tokenUrl: "", findings: says(/API keys only/) },
  ],
  [
    "miro",
    "revokes by a query of its own",
    {
      revokeUrl: "https://api.miro.com/v1/oauth/revoke",
      revoke: { auth: "none", body: "query", tokenParameter: "access_token", token: "access" },
    },
  ],
  [
    "notion",
    "authenticates with Basic, speaks JSON, has no scopes and names workspace and bot",
    {
      ...BASIC,
      tokenRequest: { body: "json" },
      scopes: { default: [], omitWhenEmpty: true, listed: false },
      authorizeRequest: { params: { owner: "user" } },
      revokeUrl: "https://api.notion.com/v1/oauth/revoke",
      revoke: { auth: "basic", body: "json" },
      ...kept("workspace_id", "bot_id"),
    },
  ],
  [
    "reddit",
    "authenticates with Basic, wants duration=permanent and a User-Agent of its own",
    {
      ...BASIC,
      pkce: true,
      authorizeRequest: { params: { duration: "permanent" } },
      tokenRequest: { headers: { "User-Agent": expect.stringMatching(/^\S+:token-broker:/) as string } },
    },
  ],
  [
    "todoist",
    "separates scopes by commas, revokes at the API",
    {
      scopes: { separator: "," },
      revokeUrl: "https://api.todoist.com/api/v1/revoke",
      revoke: { auth: "basic" },
    },
  ],
  [
    "vercel",
    "pairs the two endpoints of Sign in with Vercel and asks for offline access",
    {
      authorizeUrl: "https://vercel.com/oauth/authorize",
      tokenUrl: "https://api.vercel.com/login/oauth/token",
      pkce: true,
      scopes: { default: ["openid", "email", "profile", "offline_access"] },
    },
  ],
  ["webex", "does not revoke at its token endpoint", { revokeUrl: "" }],
  [
    "wrike",
    "separates scopes by commas, keeps the API host of the answer",
    { scopes: { separator: "," }, revokeUrl: "", ...kept("host") },
  ],
  [
    "facebook",
    "has a Graph version that can be set, none that is long dead",
    {
      variables: { graph_version: expect.objectContaining({ default: "v25.0" }) },
      scopes: { separator: "," },
      tokenRequest: {
        afterExchange: { grantType: "fb_exchange_token", tokenParameter: "fb_exchange_token" },
        refreshGrant: { grantType: "fb_exchange_token", useAccessToken: true },
      },
      revokeUrl: "https://graph.facebook.com/{graph_version}/me/permissions",
      revoke: { method: "DELETE", ...REVOKED_AS_BEARER },
      limitations: [],
    },
  ],
  [
    "hubspot",
    "redeems at api.hubapi.com, at the endpoint that outlives v1, and revokes there",
    {
      tokenUrl: "https://api.hubapi.com/oauth/2026-03/token",
      revokeUrl: "https://api.hubapi.com/oauth/2026-03/token/revoke",
      scopes: { default: ["oauth", "crm.objects.contacts.read"] },
      tokenAnswer: { paths: { scope: "scopes" } },
      ...kept("hub_id"),
    },
  ],
  [
    "instagram",
    "is the business login",
    {
      authorizeUrl: "https://www.instagram.com/oauth/authorize",
      tokenUrl: "https://api.instagram.com/oauth/access_token",
      scopes: { default: ["instagram_business_basic"], separator: "," },
      refreshUrl: "https://graph.instagram.com/refresh_access_token",
      tokenRequest: {
        afterExchange: { url: "https://graph.instagram.com/access_token", grantType: "ig_exchange_token" },
        refreshGrant: { grantType: "ig_refresh_token", tokenParameter: "access_token", useAccessToken: true },
      },
      limitations: [],
    },
  ],
  [
    "linkedin",
    "uses the OpenID Connect scopes and userinfo",
    {
      scopes: { default: ["openid", "profile", "email"] },
      userinfoUrl: "https://api.linkedin.com/v2/userinfo",
    },
  ],
  [
    "slack",
    "gets no PKCE unasked, separates scopes by commas, hides errors in 200 answers",
    {
      pkce: false,
      scopes: { separator: "," },
      userinfoUrl: "https://slack.com/api/openid.connect.userInfo",
      authorizeRequest: { secondScope: { parameter: "user_scope", prefix: "user:" } },
      revokeUrl: "https://slack.com/api/auth.revoke",
      revoke: REVOKED_AS_BEARER,
      tokenAnswer: {
        paths: { tokenType: "" },
        tokens: [
          { name: "user", paths: expect.objectContaining({ accessToken: "authed_user.access_token" }) },
        ] as never,
        errorIn200: { field: "ok", success: ["true"], code: "error" },
      },
      ...kept("team_id", "authed_user_id"),
    },
  ],
  [
    "twitter",
    "lives at x.com and authenticates with Basic",
    {
      ...BASIC,
      authorizeUrl: "https://x.com/i/oauth2/authorize",
      tokenUrl: "https://api.x.com/2/oauth2/token",
      revokeUrl: "https://api.x.com/2/oauth2/revoke",
      scopes: { default: ["tweet.read", "users.read", "offline.access"] },
      pkce: true,
    },
  ],
  [
    "atlassian",
    "asks for offline access with audience and consent, looks the cloud id up",
    {
      authorizeRequest: { params: { audience: "api.atlassian.com", prompt: "consent" } },
      scopes: { default: ["read:me", "read:jira-work", "offline_access"] },
      ...called("cloud_id", "https://api.atlassian.com/oauth/token/accessible-resources"),
    },
  ],
  [
    "calendly",
    "takes PKCE and keeps organization and owner",
    { pkce: true, ...kept("organization", "owner") },
  ],
  [
    "dropbox",
    "issues refresh tokens only with token_access_type=offline, revokes by an RPC of its own",
    {
      authorizeRequest: { params: { token_access_type: "offline" } },
      revokeUrl: "https://api.dropboxapi.com/2/auth/token/revoke",
      revoke: REVOKED_AS_BEARER,
      ...kept("account_id"),
    },
  ],
  [
    "github",
    "revokes by a recipe of its own, hides errors in 200 answers",
    {
      revokeUrl: "https://api.github.com/applications/{client_id}/token",
      revoke: { method: "DELETE", auth: "basic", body: "json", tokenParameter: "access_token" },
      tokenAnswer: { errorIn200: { field: "error", success: [] } },
    },
  ],
  [
    "linear",
    "separates scopes by commas, has no userinfo, looks the organization up",
    {
      scopes: { separator: "," },
      userinfoUrl: "",
      ...called("organization_id", "https://api.linear.app/graphql"),
    },
  ],
  [
    "mailchimp",
    "says expires_in 0 for never, looks its data centre up",
    {
      expiry: { zeroMeansNever: true },
      ...called("dc", "https://login.mailchimp.com/oauth2/metadata"),
    },
  ],
  [
    "microsoft",
    "asks for offline access, has an OIDC userinfo endpoint and a checked tenant",
    {
      scopes: { default: ["openid", "profile", "email", "offline_access", "User.Read"] },
      userinfoUrl: "https://graph.microsoft.com/oidc/userinfo",
      variables: {
        tenant: expect.objectContaining({
          default: "common",
          pattern: expect.stringMatching(/^\^.*\$$/) as string,
        }),
      },
      issuer: { value: "https://login.microsoftonline.com/{tenant}/v2.0", verified: false },
      login: { idToken: { tenantAllowList: true } },
    },
  ],
  ["monday", "leaves response_type out", { authorizeRequest: { drop: ["response_type"] } }],
  [
    "okta",
    "reaches every authorization server, asks for offline access",
    {
      scopes: { default: ["openid", "profile", "email", "offline_access"] },
      variables: { auth_server: expect.objectContaining({ default: "default", values: { org: "" } }) },
    },
  ],
  [
    "pipedrive",
    "leaves an empty scope parameter out, keeps api_domain, revokes",
    {
      ...BASIC,
      scopes: { omitWhenEmpty: true },
      revokeUrl: "https://oauth.pipedrive.com/oauth/revoke",
      ...kept("api_domain"),
    },
  ],
  [
    "quickbooks",
    "keeps the realmId of the callback, revokes with JSON and Basic",
    {
      ...BASIC,
      revokeUrl: "https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
      revoke: { auth: "basic", body: "json" },
      metadata: [{ name: "realmId", from: "callback", path: "realmId", role: "tenant" }],
    },
  ],
  [
    "salesforce",
    "keeps instance_url, knows when a token without expires_in ends",
    { expiry: { defaultSeconds: 7200 }, ...kept("instance_url") },
  ],
  [
    "shopify",
    "separates scopes by commas, asks for expiring tokens, keeps the shop",
    {
      scopes: { separator: "," },
      tokenRequest: { exchangeParams: { expiring: "1" } },
      hooks: { callback: { name: "signedQuery" } },
      usage: { headerName: "X-Shopify-Access-Token", headerPrefix: "" },
      ...kept("shop"),
    },
  ],
  [
    "stripe",
    "keeps stripe_user_id and ends the connection by it, with the secret key as the user name",
    {
      clientAuthentication: { method: "client_secret_basic", basicUser: "client_secret" },
      revokeUrl: "https://connect.stripe.com/oauth/deauthorize",
      revoke: { tokenParameter: "", params: { stripe_user_id: "{metadata.stripe_user_id}" } },
      ...kept("stripe_user_id"),
    },
  ],
  [
    "xero",
    "asks for offline access, tolerates an old refresh token for 30 minutes",
    {
      ...BASIC,
      scopes: { default: ["openid", "profile", "email", "offline_access"] },
      refresh: { rotates: true, graceSeconds: 1800 },
      ...called("tenant_id", "https://api.xero.com/connections"),
    },
  ],
  [
    "zendesk",
    "asks for expiring tokens and rotates refresh tokens",
    {
      tokenRequest: { exchangeParams: { expires_in: "1800" }, refreshParams: { expires_in: "1800" } },
      refresh: { rotates: true },
    },
  ],
  [
    "zoom",
    "authenticates with Basic and takes PKCE",
    { ...BASIC, pkce: true, revokeUrl: "https://zoom.us/oauth/revoke" },
  ],
  ["twitch", "takes the client id beside the token at the API", { findings: says(/Client-Id/) }],
  ["asana", "takes PKCE and revokes", { pkce: true, revokeUrl: "https://app.asana.com/-/oauth_revoke" }],
  [
    "bitbucket",
    "lists granted scopes under scopes",
    { ...BASIC, tokenAnswer: { paths: { scope: "scopes" } } },
  ],
  [
    "box",
    "rotates refresh tokens",
    { refresh: { rotates: true }, tokenUrl: "https://api.box.com/oauth2/token" },
  ],
  [
    "clickup",
    "has no scopes",
    { authorizeUrl: "https://app.clickup.com/api", scopes: { default: [], listed: false } },
  ],
  ["discord", "rotates refresh tokens", { pkce: true, refresh: { rotates: true } }],
  [
    "google",
    "issues refresh tokens only with access_type=offline and consent",
    {
      authorizeRequest: { params: { access_type: "offline", prompt: "consent" } },
      tokenUrl: "https://oauth2.googleapis.com/token",
      refresh: { rotates: false },
    },
  ],
  ["netlify", "gets no PKCE and issues no refresh token", { pkce: false, refresh: { issued: "never" } }],
  ["heroku", "gets no PKCE", { pkce: false, revokeUrl: "" }],
  [
    "docusign",
    "looks up its accounts and where their API is",
    called("account_ids", "https://{environment}/oauth/userinfo"),
  ],
  [
    "basecamp",
    "looks up its accounts",
    called("account_ids", "https://launchpad.37signals.com/authorization.json"),
  ],
  [
    "zoho",
    "redeems at the data centre that the callback names, if it is one",
    {
      callback: {
        tokenHost: {
          parameters: ["accounts-server"],
          allow: expect.arrayContaining(["accounts.zoho.eu"]) as string[],
        },
      },
    },
  ],
  [
    "smartsheet",
    "proves itself by a hash and ends a token as its bearer",
    {
      hooks: { tokenRequest: { name: "secretHashedWithCode" } },
      revokeUrl: "https://api.{region}/2.0/token",
      revoke: { method: "DELETE", ...REVOKED_AS_BEARER },
    },
  ],
  ["spotify", "authenticates with Basic", { ...BASIC, pkce: true }],
  [
    "strava",
    "separates scopes by commas, revokes with the token itself",
    {
      scopes: { separator: "," },
      revokeUrl: "https://www.strava.com/oauth/deauthorize",
      revoke: REVOKED_AS_BEARER,
    },
  ],
  [
    "squareup",
    "speaks JSON and says when a token ends as a date",
    {
      tokenRequest: { body: "json" },
      expiry: { absolute: { field: "expires_at", format: "iso8601" } },
    },
  ],
  ["line", "never lists the email scope", { scopes: { neverListed: ["email"] } }],
];

const endpoints: readonly [string, Record<string, string>, Partial<Endpoints>][] = [
  [
    "gitlab",
    {},
    {
      tokenUrl: "https://gitlab.com/oauth/token",
      issuer: { value: "https://gitlab.com", verified: false, required: false },
    },
  ],
  ["gitlab", { domain: "git.example.com" }, { tokenUrl: "https://git.example.com/oauth/token" }],
  ["okta", { domain: "a.okta.com", auth_server: "org" }, { tokenUrl: "https://a.okta.com/oauth2/v1/token" }],
  ["salesforce", {}, { tokenUrl: "https://login.salesforce.com/services/oauth2/token" }],
  ["salesforce", { domain: "test" }, { tokenUrl: "https://test.salesforce.com/services/oauth2/token" }],
  ["salesforce", { domain: "acme.my" }, { tokenUrl: "https://acme.my.salesforce.com/services/oauth2/token" }],
  ["smartsheet", {}, { tokenUrl: "https://api.smartsheet.com/2.0/token" }],
  ["smartsheet", { region: "eu" }, { authorizeUrl: "https://app.smartsheet.eu/b/authorize" }],
  ["smartsheet", { region: "gov" }, { tokenUrl: "https://api.smartsheetgov.com/2.0/token" }],
  ["typeform", { region: "eu" }, { tokenUrl: "https://api.typeform.eu/oauth/token" }],
  [
    "facebook",
    { graph_version: "v26.0" },
    { tokenUrl: "https://graph.facebook.com/v26.0/oauth/access_token" },
  ],
  ["auth0", { domain: "acme.auth0.com" }, { tokenUrl: "https://acme.auth0.com/oauth/token" }],
  [
    "keycloak",
    { domain: "sso.acme.com" },
    { tokenUrl: "https://sso.acme.com/realms/master/protocol/openid-connect/token" },
  ],
  ["zendesk", { subdomain: "acme" }, { tokenUrl: "https://acme.zendesk.com/oauth/tokens" }],
  ["shopify", { shop: "myshop" }, { authorizeUrl: "https://myshop.myshopify.com/admin/oauth/authorize" }],
  ["intercom", { region: "eu" }, { tokenUrl: "https://api.eu.intercom.io/auth/eagle/token" }],
  ["intercom", { region: "au" }, { authorizeUrl: "https://app.au.intercom.com/oauth" }],
  ["zoho", { data_center: "zoho.eu" }, { tokenUrl: "https://accounts.zoho.eu/oauth/v2/token" }],
];

describe("present-day facts", () => {
  it.each(definitions)("%s %s", (name, _, facts) => {
    expect(completeDefinition(findTemplate(name)!)).toMatchObject(facts);
  });

  it.each(endpoints)("%s with %o", (name, values, expected) => {
    expect(resolveEndpoints(completeDefinition(findTemplate(name)!), values)).toMatchObject(expected);
  });

  it.each(["shopify", "stripe", "github", "microsoft", "okta", "auth0", "twitter", "salesforce"])(
    "%s gets no parameter that only describes, or that is somebody's preference",
    (name) => {
      expect(completeDefinition(findTemplate(name)!).authorizeRequest.params).toEqual({});
    },
  );

  it("mailerlite is left out: its vendor documents API tokens only", () => {
    expect(findTemplate("mailerlite")).toBeUndefined();
    const reason = leftOut.leftOut.find(({ name }) => name === "mailerlite")?.reason;
    expect(reason).toMatch(/API tokens only/);
  });

  it("whatever has to be asked for a refresh token is asked for by default", () => {
    const asked = [...catalog.values()].filter(({ refresh }) => refresh?.issued === "on-request");
    const missing = asked.filter(({ scopes, authorizeRequest }) => {
      const said = [...scopes.default, ...Object.values(authorizeRequest?.params ?? {})];
      return !said.some((text) => /^(offline([._]access)?|refresh_token|permanent)$/.test(text));
    });
    // With these it is a setting of the application, or of the vendor's programme.
    const bySetting = ["github", "github-app-oauth", "linkedin", "miro", "slack", "todoist"];
    expect(missing.map(({ name }) => name).toSorted()).toEqual(bySetting);
  });

  it("only an issuer seen in real answers is compared", () => {
    const names = ["github", "google", "microsoft", "okta", "auth0", "keycloak", "slack", "xero", "apple"];
    expect(names.filter((name) => findTemplate(name)?.issuer?.verified)).toEqual(["github"]);
  });
});
