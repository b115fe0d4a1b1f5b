import {
  completeDefinition,
  findTemplate,
  findVariable,
  isProviderName,
  missingVariables,
  parseVariable,
  plainDefinition,
  type ProviderDefinition,
  reservedProviderNames,
  resolveEndpoints,
  variableFromConnectionAllowed,
} from "../../catalog/index.ts";
import { BrokerError } from "../../errors.ts";
import type { Registration } from "../registration.ts";
import { applyOverrides, URL_FIELDS } from "./apply-overrides.ts";
import { type ClientFacts, checkClient } from "./client-rules.ts";
import { endpointUrlProblem, issuerProblem, type UrlRules } from "./endpoint-url.ts";
import { authorizeParamProblems, type ParamProblem, tokenParamProblems } from "./extra-params.ts";
import { checkScopes, checkSeparator, FieldProblems, given } from "./field-problems.ts";
import type { FieldProblem, RegistrationField, RegistrationInput } from "./registration-input.ts";

export type Composition =
  | { readonly ok: true; readonly registration: Registration }
  | {
      readonly ok: false;
      readonly problems: readonly FieldProblem[];
      readonly definition: ProviderDefinition;
    };

export type Origin = Pick<Registration, "source" | "namespace" | "id">;

/**
 * The one way to a registration, for environment, code and RPC alike: template, overrides, credentials and variables together, all of it checked,
 * every problem at once.
 */
export const composeRegistration = (
  input: RegistrationInput,
  origin: Origin,
  rules: UrlRules,
): Composition => {
  const problems = new FieldProblems();
  checkName(problems, input.name);
  const base = baseDefinition(problems, input);
  checkUrls(problems, input, rules);
  checkScopes(problems, input.defaultScopes);
  checkSeparator(problems, given(input.scopeSeparator));
  const client = checkClient(problems, input, base);
  const definition = applyOverrides(base, input, client);
  checkParams(problems, input, definition);
  const values = checkValues(problems, input, definition);
  if (!problems.has("template")) checkEndpoints(problems, definition, values);
  if (problems.all.length > 0) return { ok: false, problems: problems.all, definition };
  return { ok: true, registration: registrationOf(input, origin, definition, values, client) };
};

const registrationOf = (
  input: RegistrationInput,
  origin: Origin,
  definition: ProviderDefinition,
  values: Readonly<Record<string, string>>,
  { clientSecret, previousClientSecret }: ClientFacts,
): Registration => ({
  name: input.name,
  ...origin,
  template: input.template ?? "",
  definition,
  values,
  clientId: input.clientId,
  clientSecret,
  previousClientSecret,
  loginEnabled: input.loginEnabled ?? false,
  loginTenants: input.loginTenants ?? [],
  clientSecretExpiresAt: input.clientSecretExpiresAt,
});

const checkName = (problems: FieldProblems, name: string): void => {
  if (isProviderName(name)) return;
  const reserved = [...reservedProviderNames].join(" and ");
  problems.invalid(
    "name",
    "is not a provider's name",
    `use lower-case letters, digits, _ and -, at most 63, beginning with a letter or digit; ${reserved} are reserved`,
  );
};

const baseDefinition = (problems: FieldProblems, input: RegistrationInput): ProviderDefinition => {
  const template = given(input.template);
  const facts = template === undefined ? undefined : findTemplate(template);
  if (facts) return { ...completeDefinition(facts), name: input.name };
  if (template !== undefined)
    problems.invalid("template", "names no catalog entry", "run `token-broker providers --all` for the list");
  return plainDefinition({ name: input.name, authorizeUrl: "", tokenUrl: "" });
};

const checkUrls = (problems: FieldProblems, input: RegistrationInput, rules: UrlRules): void => {
  for (const field of URL_FIELDS) {
    const problem = problemOf(given(input[field]), rules, endpointUrlProblem);
    if (problem) problems.invalid(field, problem, "write out an https URL without user and fragment");
  }
  const problem = problemOf(given(input.issuer), rules, issuerProblem);
  if (problem) problems.invalid("issuer", problem, "copy `issuer` from the provider's metadata");
};

const problemOf = (
  text: string | undefined,
  rules: UrlRules,
  check: (text: string, rules: UrlRules) => string | undefined,
): string | undefined => (text === undefined ? undefined : check(text, rules));

const checkParams = (
  problems: FieldProblems,
  input: RegistrationInput,
  { scopes }: ProviderDefinition,
): void => {
  const report = (field: RegistrationField, found: readonly ParamProblem[]): void => {
    for (const { problem, key } of found) problems.invalid(field, problem, "remove or correct it", key);
  };
  report("extraAuthorizeParams", authorizeParamProblems(input.extraAuthorizeParams ?? {}, scopes.parameter));
  report("extraTokenParams", tokenParamProblems(input.extraTokenParams ?? {}));
};

const checkValues = (
  problems: FieldProblems,
  input: RegistrationInput,
  definition: ProviderDefinition,
): Record<string, string> => {
  const values: [string, string][] = [];
  for (const [name, text] of Object.entries(input.values ?? {})) {
    if (text === "") continue;
    const parsed = parseVariable(definition, name, text);
    if (parsed.ok) values.push([name, parsed.value]);
    else problems.invalid("values", "cannot be used", parsed.problem, name);
  }
  return Object.fromEntries(values);
};

/** Both endpoints, and every variable in them that no connection may give later. */
const checkEndpoints = (
  problems: FieldProblems,
  definition: ProviderDefinition,
  values: Readonly<Record<string, string>>,
): void => {
  for (const field of ["authorizeUrl", "tokenUrl"] as const)
    if (definition[field] === "")
      problems.missing(field, "give the provider's endpoint, or name a template that has one");
  const missing = missingVariables(definition, values);
  for (const name of missing) {
    const variable = findVariable(definition, name);
    if (variable && !variableFromConnectionAllowed(definition, name))
      problems.missing("values", `${variable.description} For example ${variable.example}`, name);
  }
  if (missing.length === 0 && problems.all.length === 0) checkFilled(problems, definition, values);
};

const checkFilled = (
  problems: FieldProblems,
  definition: ProviderDefinition,
  values: Readonly<Record<string, string>>,
): void => {
  try {
    resolveEndpoints(definition, values);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    problems.invalid("values", "do not give usable endpoints", error.message);
  }
};
