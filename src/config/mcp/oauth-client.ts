import { privateKeyProblem, type SigningAlgorithm, signingAlgorithms } from "../../crypto/index.ts";
import type { Secret } from "../secret.ts";

/** How the client proves itself at the token endpoint (RFC 7591 section 2). */
export type OAuthClientMethod = "client_secret_basic" | "client_secret_post" | "private_key_jwt" | "none";

const METHODS: readonly OAuthClientMethod[] = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
  "none",
];

export const AUTHORIZATION_CODE = "authorization_code";
export const REFRESH_TOKEN = "refresh_token";
export const CLIENT_CREDENTIALS = "client_credentials";
export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

const GRANT_TYPES = [AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS, JWT_BEARER, TOKEN_EXCHANGE];
const STANDARD_GRANT_TYPES = [AUTHORIZATION_CODE, REFRESH_TOKEN];

/** A client at an authorization server that the broker did not register itself. */
export interface OAuthClientFacts {
  readonly clientId: string;
  /** The secret, or the private key where the client signs. */
  readonly secret: Secret | undefined;
  /** undefined = the first of basic, post and none that the server lists and that the secret fits. */
  readonly method: OAuthClientMethod | undefined;
  readonly signingAlgorithm: SigningAlgorithm;
  /** Empty = the assertion has no `kid`. */
  readonly keyId: string;
  readonly grantTypes: readonly string[];
}

export interface OAuthClientInput {
  readonly clientId: string;
  readonly clientSecret?: Secret | undefined;
  readonly privateKey?: Secret | undefined;
  readonly tokenEndpointAuthMethod?: string | undefined;
  readonly signingAlgorithm?: string | undefined;
  readonly keyId?: string | undefined;
  readonly grantTypes?: readonly string[] | undefined;
}

export interface OAuthClientProblem {
  readonly field: keyof OAuthClientInput;
  readonly problem: string;
  readonly cure: string;
}

/** What makes a client, from whichever side; every problem at once, without a value. */
export const checkOAuthClient = (
  input: OAuthClientInput,
): { readonly client: OAuthClientFacts; readonly problems: readonly OAuthClientProblem[] } => {
  const problems: OAuthClientProblem[] = [];
  const report = (field: keyof OAuthClientInput, problem: string, cure: string): void => {
    problems.push({ field, problem, cure });
  };
  const method = methodOf(input, report);
  const signingAlgorithm = algorithmOf(input, report);
  const grantTypes = grantTypesOf(input, report);
  checkClientId(input, report);
  const secret = secretFor(input, method, signingAlgorithm, report);
  const { clientId, keyId = "" } = input;
  return { client: { clientId, secret, method, signingAlgorithm, keyId, grantTypes }, problems };
};

type Report = (field: keyof OAuthClientInput, problem: string, cure: string) => void;

const methodOf = (
  { tokenEndpointAuthMethod: wanted = "", privateKey }: OAuthClientInput,
  report: Report,
): OAuthClientMethod | undefined => {
  if (wanted === "") return privateKey === undefined ? undefined : "private_key_jwt";
  const method = METHODS.find((known) => known === wanted);
  if (method === undefined)
    report("tokenEndpointAuthMethod", "is not a known method", `use ${METHODS.join(", ")}`);
  return method;
};

const algorithmOf = (
  { signingAlgorithm: wanted = "" }: OAuthClientInput,
  report: Report,
): SigningAlgorithm => {
  const algorithm = signingAlgorithms.find((known) => known === wanted);
  if (wanted !== "" && algorithm === undefined)
    report("signingAlgorithm", "is not a known algorithm", `use ${signingAlgorithms.join(", ")}`);
  return algorithm ?? "ES256";
};

const grantTypesOf = ({ grantTypes = [] }: OAuthClientInput, report: Report): readonly string[] => {
  if (grantTypes.some((grantType) => !GRANT_TYPES.includes(grantType)))
    report("grantTypes", "holds an unknown grant type", `use ${GRANT_TYPES.join(", ")}`);
  return grantTypes.length === 0 ? STANDARD_GRANT_TYPES : [...new Set(grantTypes)];
};

/** RFC 6749 appendix A.1 and A.2: visible characters and blanks, of which none at the ends. */
const CREDENTIAL = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

const checkClientId = ({ clientId }: OAuthClientInput, report: Report): void => {
  if (clientId === "") report("clientId", "is missing", "give the client id that the server issued");
  else if (!CREDENTIAL.test(clientId))
    report("clientId", "holds a character that no client id has", "copy it again, without blanks around it");
};

const secretFor = (
  { clientSecret, privateKey }: OAuthClientInput,
  method: OAuthClientMethod | undefined,
  algorithm: SigningAlgorithm,
  report: Report,
): Secret | undefined => {
  if (method === "private_key_jwt") {
    const problem =
      privateKey === undefined ? "is missing" : privateKeyProblem(privateKey.reveal(), algorithm);
    if (problem !== undefined)
      report("privateKey", problem, `give the private key for ${algorithm} in PEM (PKCS #8)`);
    return privateKey;
  }
  if (privateKey !== undefined)
    report("privateKey", "is only for private_key_jwt", "remove it, or choose that method");
  if (method === "none" && clientSecret !== undefined)
    report("clientSecret", "is given, but the method none is for clients without one", "remove it");
  if ((method === "client_secret_basic" || method === "client_secret_post") && clientSecret === undefined)
    report("clientSecret", "is missing", "give the client secret that the server issued");
  if (clientSecret !== undefined && !CREDENTIAL.test(clientSecret.reveal()))
    report("clientSecret", "holds a character that no client secret has", "copy it again");
  return method === "none" ? undefined : clientSecret;
};
