import {
  type Endpoints,
  findVariable,
  missingVariables,
  parseVariable,
  placeholdersOf,
  resolveEndpoints,
  type Surroundings,
  TOKEN_HOST,
  variableFromConnectionAllowed,
} from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError, type FieldViolation } from "../errors.ts";

type Values = Readonly<Record<string, string>>;
type Described = Pick<Registration, "definition" | "values">;

/**
 * Checks what a caller gives for one connection and brings it into normal form, which is what flow and grant pin. Only declared variables, and only those
 * that cannot choose the host freely: another host would receive the deployment's client secret. A value here goes before the registration's own.
 *
 * @throws BrokerError INVALID_REQUEST with a violation for each wrong or missing `provider_config.<name>`.
 */
export const checkProviderConfig = (registration: Described, given: Values): Record<string, string> => {
  const { definition } = registration;
  const problems: FieldViolation[] = [];
  const checked: [string, string][] = [];
  for (const [name, text] of Object.entries(given)) {
    const parsed = parseVariable(definition, name, text);
    if (!parsed.ok) problems.push(violation(name, parsed.problem));
    else if (!variableFromConnectionAllowed(definition, name)) problems.push(violation(name, OPERATORS_OWN));
    else checked.push([name, parsed.value]);
  }
  const config = Object.fromEntries(checked);
  problems.push(...missingProblems(registration, { ...config, ...given }));
  if (problems.length > 0) throw invalid(problems);
  return config;
};

const OPERATORS_OWN =
  "chooses the host freely, so it is set where the client secret is set, not for one connection";

const missingProblems = ({ definition, values }: Described, given: Values): FieldViolation[] =>
  missingVariables(definition, { ...values, ...given }).map((name) => {
    const variable = findVariable(definition, name);
    return violation(
      name,
      variable ? `is missing: ${variable.description} For example ${variable.example}` : "is missing",
    );
  });

const violation = (name: string, description: string): FieldViolation => ({
  field: `provider_config.${name.slice(0, 64)}`,
  description,
});

const invalid = (fieldViolations: readonly FieldViolation[]): BrokerError =>
  new BrokerError(
    "INVALID_REQUEST",
    fieldViolations.map(({ field, description }) => `${field} ${description}`).join("; "),
    { fieldViolations },
  );

/** Whether what a connection gave is part of a host, and not only of a path or a query. */
export const choosesHost = (
  { definition }: Pick<Registration, "definition">,
  providerConfig: Values,
): boolean => {
  const { authorizeUrl, tokenUrl, refreshUrl, userinfoUrl, revokeUrl } = definition;
  const authorities = [authorizeUrl, tokenUrl, refreshUrl, userinfoUrl, revokeUrl].map(authorityOf);
  const names = new Set([...authorities.flatMap(placeholdersOf), TOKEN_HOST]);
  return Object.keys(providerConfig).some((name) => names.has(name));
};

const authorityOf = (template: string): string => /^[a-z]+:\/\/([^/?#]*)/.exec(template)?.[1] ?? "";

/**
 * The URLs of one connection.
 *
 * @throws BrokerError PROVIDER_MISCONFIGURED when a variable has no value or a pinned one does not pass today's pattern.
 */
export const endpointsFor = (
  { definition, values }: Described,
  providerConfig: Values,
  surroundings: Surroundings = {},
): Endpoints => resolveEndpoints(definition, { ...values, ...providerConfig }, surroundings);
