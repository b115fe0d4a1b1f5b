import type { ProviderDefinition } from "./definition.ts";

/** Where a vendor departs from the RFCs, a sentence each, for whoever debugs a flow. Made from the facts, so it cannot lag behind them. */
export const odditiesOf = (definition: ProviderDefinition): string[] => [
  ...clientOddities(definition),
  ...authorizeOddities(definition),
  ...callbackOddities(definition),
  ...tokenRequestOddities(definition),
  ...answerOddities(definition),
  ...refreshOddities(definition),
  ...revokeOddities(definition),
  ...scopeOddities(definition),
  ...hookOddities(definition),
];

/** The sentences whose condition holds. */
const said = (...lines: readonly (readonly [boolean, string])[]): string[] =>
  lines.filter(([holds]) => holds).map(([, text]) => text);

const names = (params: object): string => Object.keys(params).join(", ");
const renames = (params: Readonly<Record<string, string>>): string =>
  Object.entries(params)
    .map(([standard, own]) => `${standard} as ${own}`)
    .join(", ");

const clientOddities = ({ clientAuthentication }: ProviderDefinition): string[] => {
  const { method, basicEncoding, basicUser, jwt } = clientAuthentication;
  return said(
    [
      method === "private_key_jwt",
      `The client signs an assertion (${jwt?.algorithm ?? "JWT"}) with its private key instead of sending a secret.`,
    ],
    [
      method === "generated_secret",
      `The client secret is a JWT (${jwt?.algorithm ?? "signed"}) made anew from the private key for each call.`,
    ],
    [basicUser === "client_secret", "HTTP Basic carries the secret as the user name, and no password."],
    [
      method === "client_secret_basic" && basicEncoding === "raw",
      "HTTP Basic carries id and secret without form encoding.",
    ],
  );
};

const authorizeOddities = ({ authorizeRequest, pkce }: ProviderDefinition): string[] => {
  const { params, drop, rename, responseMode, fragment, hashRoute, scopeRaw, secondScope } = authorizeRequest;
  return said(
    [!pkce, "PKCE is not sent."],
    [names(params) !== "", `The authorization request has ${names(params)} besides.`],
    [drop.length > 0, `The authorization request goes without ${drop.join(", ")}.`],
    [renames(rename) !== "", `The authorization request names ${renames(rename)}.`],
    [responseMode === "form_post", "The browser comes back with a form post."],
    [fragment !== "", `The authorization URL ends in ${fragment}.`],
    [hashRoute, "The authorization page is a route behind the URL's #."],
    [scopeRaw, "The plus signs between scopes are sent as they are."],
    [
      secondScope !== undefined,
      `Scopes that begin with ${secondScope?.prefix ?? ""} go into ${secondScope?.parameter ?? ""}.`,
    ],
    [authorizeRequest.stateInRedirectUri, "The state travels inside the redirect URI."],
  );
};

const callbackOddities = ({ callback }: ProviderDefinition): string[] => {
  const { codeParameter, errorParameter, denied, forward, tokenHost } = callback;
  return said(
    [errorParameter !== "error", `An error comes back as ${errorParameter}.`],
    [denied.length > 0, `A person who refuses comes back with ${denied.join(", ")}.`],
    [codeParameter !== "code", `The code comes back as ${codeParameter}.`],
    [forward.length > 0, `The callback's ${forward.join(", ")} is sent on to the token endpoint.`],
    [
      tokenHost !== undefined,
      `The callback names the token endpoint's host, which must be one of ${tokenHost?.allow.join(", ") ?? ""}.`,
    ],
  );
};

const tokenRequestOddities = ({ tokenRequest, tokenUrl, refreshUrl }: ProviderDefinition): string[] => {
  const { method, paramsIn, body, headers, exchangeParams, refreshParams, exchangeRename, refreshRename } =
    tokenRequest;
  return said(
    [method === "GET", "The token endpoint is called with GET."],
    [method === "POST" && paramsIn === "query", "The token request's parameters stand in the URL."],
    [body === "json", "The token request's body is JSON."],
    [names(headers) !== "", `The token request has the headers ${names(headers)}.`],
    [names(exchangeParams) !== "", `The code exchange has ${names(exchangeParams)} besides.`],
    [names(refreshParams) !== "", `A refresh has ${names(refreshParams)} besides.`],
    [renames(exchangeRename) !== "", `The code exchange names ${renames(exchangeRename)}.`],
    [renames(refreshRename) !== "", `A refresh names ${renames(refreshRename)}.`],
    [tokenRequest.drop.length > 0, `The token request goes without ${tokenRequest.drop.join(", ")}.`],
    [tokenRequest.scopeOnRefresh, "A refresh repeats the scopes."],
    [
      tokenRequest.bearerRefresh,
      "A refresh sends the refresh token as the bearer of its Authorization header.",
    ],
    [
      tokenRequest.refreshGrant.useAccessToken,
      "The access token is exchanged for its successor: there is no refresh token.",
    ],
    [
      tokenRequest.afterExchange !== undefined,
      "The code's token is short-lived and exchanged at once for a long-lived one.",
    ],
    [refreshUrl !== tokenUrl, "Refreshing has an endpoint of its own."],
  );
};

const answerOddities = ({ tokenAnswer, expiry, metadata }: ProviderDefinition): string[] => {
  const { errorIn200, errorDialect } = tokenAnswer;
  const kept = metadata.map(({ name }) => name);
  return said(
    [tokenAnswer.formEncoded, "The token answer may be form-encoded."],
    [tokenAnswer.root !== "", `The token answer lies below ${tokenAnswer.root}.`],
    [
      tokenAnswer.tokens.length > 0,
      `One answer holds several tokens: also ${tokenAnswer.tokens.map(({ name }) => name).join(", ")}.`,
    ],
    [errorIn200 !== undefined, `Errors come with status 200, told by ${errorIn200?.field ?? ""}.`],
    [
      errorDialect.invalidGrant.length + errorDialect.invalidClient.length > 0,
      "Errors have names of the vendor's own.",
    ],
    [
      expiry.defaultSeconds !== undefined,
      `The answer need not say when the token ends: ${expiry.defaultSeconds ?? 0} seconds are assumed.`,
    ],
    [expiry.zeroMeansNever, "A lifetime of 0 means that the token does not end."],
    [expiry.format !== "seconds", `Lifetimes are given in ${expiry.format}.`],
    [
      expiry.absolute !== undefined,
      `The token's end is told as a point in time, in ${expiry.absolute?.field ?? ""}.`,
    ],
    [kept.length > 0, `Kept for callers as provider_metadata: ${kept.join(", ")}.`],
  );
};

const refreshOddities = ({ refresh }: ProviderDefinition): string[] =>
  said(
    [refresh.issued === "never", "No refresh tokens: a person authorizes again when the token ends."],
    [
      refresh.issued === "on-request",
      "A refresh token is issued only where scopes, parameters or the application's settings ask for it.",
    ],
    [refresh.rotates === true, "Refresh tokens rotate."],
    [refresh.killsAccessToken, "A refresh ends the access token before it."],
    [
      refresh.notBeforeExpirySeconds !== undefined,
      `A refresh is refused earlier than ${refresh.notBeforeExpirySeconds ?? 0} seconds before the end.`,
    ],
    [
      refresh.rateLimit !== undefined,
      `At most ${refresh.rateLimit?.requests ?? 0} token requests in ${refresh.rateLimit?.perSeconds ?? 0} seconds.`,
    ],
    [
      refresh.grantsPerUser !== undefined,
      `At most ${refresh.grantsPerUser ?? 0} grants for one person; a new one ends the oldest.`,
    ],
  );

const revokeOddities = ({ revoke, revokeUrl, revokeEndsConsent }: ProviderDefinition): string[] => {
  const { method, auth, body } = revoke;
  const standard = method === "POST" && auth === "client" && body === "form";
  return said(
    [revokeUrl === "", "No revocation endpoint is known: a revoked grant ends in the broker only."],
    [
      revokeUrl !== "" && !standard,
      `Revocation is ${method} with authentication by ${auth} and body ${body}.`,
    ],
    [revokeEndsConsent, "Revoking one token ends the person's whole consent for this client."],
  );
};

/** What no field can say is told by the vendor's own page. */
const hookOddities = ({ hooks }: ProviderDefinition): string[] =>
  HOOK_POINTS.flatMap(([point, what]) => {
    const hook = hooks[point];
    return hook === undefined ? [] : [`${what} as ${hook.documentation} says.`];
  });

const HOOK_POINTS = [
  ["authorizeUrl", "The authorization URL is changed"],
  ["tokenRequest", "The token request is changed"],
  ["tokenAnswer", "The token answer is read"],
  ["callback", "The callback is checked"],
] as const;

const scopeOddities = ({ scopes }: ProviderDefinition): string[] =>
  said(
    [scopes.separator !== " ", `Scopes are separated by ${JSON.stringify(scopes.separator)}.`],
    [scopes.parameter !== "scope", `Scopes are asked for as ${scopes.parameter}.`],
    [!scopes.listed, "The answer does not list what was granted, so missing scopes cannot be told."],
    [scopes.neverListed.length > 0, `Granted and never listed: ${scopes.neverListed.join(", ")}.`],
    [names(scopes.aliases) !== "", `Renamed in the answer: ${renames(scopes.aliases)}.`],
  );
