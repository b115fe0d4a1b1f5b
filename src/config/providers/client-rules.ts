import type { ProviderDefinition } from "../../catalog/index.ts";
import { privateKeyProblem, type SigningAlgorithm } from "../../crypto/index.ts";
import { Secret } from "../secret.ts";
import { checkCredentialText, type FieldProblems, given, isPrivateKey } from "./field-problems.ts";
import type { RegistrationInput } from "./registration-input.ts";

type Method = ProviderDefinition["clientAuthentication"]["method"];

const METHODS: readonly Method[] = ["client_secret_basic", "client_secret_post", "none"];

export interface ClientFacts {
  readonly method: Method;
  readonly pkce: boolean;
  readonly clientSecret: Secret | undefined;
  readonly previousClientSecret: Secret | undefined;
}

/** How the client proves itself: its method, its secrets, and PKCE, which a client without a secret cannot do without. */
export const checkClient = (
  problems: FieldProblems,
  input: RegistrationInput,
  facts: Pick<ProviderDefinition, "pkce" | "clientAuthentication">,
): ClientFacts => {
  const method = checkMethod(problems, input, facts.clientAuthentication.method);
  checkClientId(problems, input.clientId);
  const isPublic = method === "none";
  if (isPublic) checkPublicClient(problems, input);
  else checkSecrets(problems, input, method, facts);
  return {
    method,
    pkce: isPublic || (input.pkceRequired ?? facts.pkce),
    clientSecret: isPublic ? undefined : asSecret(input.clientSecret),
    previousClientSecret: isPublic ? undefined : asSecret(input.previousClientSecret),
  };
};

const checkMethod = (problems: FieldProblems, input: RegistrationInput, standard: Method): Method => {
  const wanted = given(input.tokenEndpointAuthMethod);
  if (wanted === undefined) return standard;
  const method = METHODS.find((known) => known === wanted);
  if (method === undefined)
    problems.invalid("tokenEndpointAuthMethod", "is not a known method", `use ${METHODS.join(", ")}`);
  return method ?? standard;
};

const checkClientId = (problems: FieldProblems, clientId: string): void => {
  if (clientId === "") problems.missing("clientId", "give the client id that the provider issued");
  else checkCredentialText(problems, "clientId", clientId);
};

const checkPublicClient = (problems: FieldProblems, input: RegistrationInput): void => {
  if (input.pkceRequired === false)
    problems.invalid(
      "pkceRequired",
      "switches PKCE off for a public client, which nothing else protects",
      "leave it out, or give the client a secret",
    );
  if (given(input.tokenEndpointAuthMethod) !== "none") return;
  for (const field of ["clientSecret", "previousClientSecret"] as const) {
    if (asSecret(input[field]) === undefined) continue;
    problems.invalid(
      field,
      "is given, but the method none is for clients without a secret",
      "remove it, or choose client_secret_basic or client_secret_post",
    );
  }
};

const checkSecrets = (
  problems: FieldProblems,
  input: RegistrationInput,
  method: Method,
  { clientAuthentication: { jwt } }: Pick<ProviderDefinition, "clientAuthentication">,
): void => {
  if (asSecret(input.clientSecret) === undefined)
    problems.missing(
      "clientSecret",
      isSigning(method)
        ? "give the private key, in PEM, that belongs to the key you registered at the provider"
        : "give the client secret that the provider issued, or choose the method none for a public client",
    );
  for (const field of ["clientSecret", "previousClientSecret"] as const) {
    const secret = asSecret(input[field])?.reveal();
    if (secret === undefined) continue;
    if (isSigning(method)) checkPrivateKey(problems, field, secret, jwt?.algorithm ?? "ES256");
    else if (isPrivateKey(secret))
      problems.invalid(
        field,
        "is a private key, but this provider takes a client secret",
        "give the client secret that the provider issued",
      );
    else checkCredentialText(problems, field, secret);
  }
};

/** The client proves itself by a token that it signs, and its secret is the private key. */
export const isSigning = (method: Method): boolean =>
  method === "private_key_jwt" || method === "generated_secret";

const checkPrivateKey = (
  problems: FieldProblems,
  field: "clientSecret" | "previousClientSecret",
  text: string,
  algorithm: SigningAlgorithm,
): void => {
  const problem = privateKeyProblem(text, algorithm);
  if (problem !== undefined)
    problems.invalid(
      field,
      problem,
      `give the private key for ${algorithm} in PEM, as the provider issued it`,
    );
};

const asSecret = (secret: string | Secret | undefined): Secret | undefined =>
  typeof secret === "string" ? (secret === "" ? undefined : new Secret(secret)) : secret;
