import { doubtAbout } from "../../catalog/index.ts";
import type { SkippedProvider } from "../config.ts";
import type { EnvironmentReader } from "../environment.ts";
import type { Findings } from "../problems.ts";
import type { Registration } from "../registration.ts";
import { composeRegistration } from "./compose-registration.ts";
import type { UrlRules } from "./endpoint-url.ts";
import { type ProviderReading, readProvider } from "./read-input.ts";
import type { FieldProblem } from "./registration-input.ts";

export interface ActivationContext {
  readonly reader: EnvironmentReader;
  readonly findings: Findings;
  readonly rules: UrlRules;
  readonly legacyNames: boolean;
}

export type Activation =
  | { readonly kind: "active"; readonly registration: Registration }
  | { readonly kind: "skipped"; readonly provider: SkippedProvider }
  /** The reason is among the problems. */
  | { readonly kind: "refused" };

/**
 * Makes one name usable, or says why not: what is wrong is always a problem; what is missing is one for a name that CONNECT_PROVIDERS lists, a warning
 * where somebody began to configure a catalog entry, and nothing to speak of otherwise.
 */
export const activate = (name: string, listed: boolean, context: ActivationContext): Activation => {
  const { reader, findings, rules } = context;
  const reading = readProvider(name, reader, findings, context.legacyNames);
  const origin = { source: "environment", namespace: "", id: `environment:${name}` } as const;
  const composition = composeRegistration(reading.input, origin, rules);
  if (composition.ok) {
    noteActive(composition.registration, reading, findings);
    return { kind: "active", registration: composition.registration };
  }
  const missing = missingSettings(composition.problems, reading);
  for (const problem of composition.problems)
    if (problem.kind === "invalid") report(problem, reading, findings);
  if (listed) return refuse(missing, reading, findings);
  if (composition.problems.length > missing.length || reading.credentials.unreadable)
    return { kind: "refused" };
  return skip(name, missing, reading, findings);
};

/** A secret that cannot be read is told already and not missing. */
const missingSettings = (
  problems: readonly FieldProblem[],
  { credentials }: ProviderReading,
): FieldProblem[] =>
  problems.filter(
    ({ kind, field }) => kind === "missing" && !(field === "clientSecret" && credentials.unreadable),
  );

const report = (
  { field, key, problem, cure }: FieldProblem,
  { variable }: ProviderReading,
  findings: Findings,
): void => findings.problem(variable(field, key), problem, cure);

const refuse = (
  missing: readonly FieldProblem[],
  reading: ProviderReading,
  findings: Findings,
): Activation => {
  for (const { field, key, cure } of missing) {
    const problem = `is missing, and CONNECT_PROVIDERS lists ${reading.input.name}`;
    report(
      { field, kind: "missing", problem, cure, ...(key === undefined ? {} : { key }) },
      reading,
      findings,
    );
  }
  return { kind: "refused" };
};

const skip = (
  name: string,
  missing: readonly FieldProblem[],
  reading: ProviderReading,
  findings: Findings,
): Activation => {
  const variables = missingVariables(missing, reading);
  const { given } = reading.credentials;
  if (given)
    findings.warn(
      `${name} is skipped: ${variables.join(", ")} ${is(variables)} missing${olderNames(reading)}`,
    );
  const reason = given ? "incomplete" : "no_credentials";
  return { kind: "skipped", provider: { name, missing: variables, reason } };
};

const is = (names: readonly unknown[]): string => (names.length === 1 ? "is" : "are");

/** Half of the older names is made whole by neither family alone: the cure is both of the present ones. */
const missingVariables = (
  missing: readonly FieldProblem[],
  { credentials, variable }: ProviderReading,
): string[] => {
  const names = missing.map(({ field, key }) => variable(field, key));
  const half =
    credentials.legacy && missing.some(({ field }) => field === "clientId" || field === "clientSecret");
  return half ? [...new Set([variable("clientId"), variable("clientSecret"), ...names])] : names;
};

const olderNames = ({ credentials }: ProviderReading): string =>
  credentials.legacy
    ? `, and ${credentials.legacy.clientId} and ${credentials.legacy.clientSecret} are only used together`
    : "";

const noteActive = (
  { name, definition, template }: Registration,
  { credentials: { legacy }, variable }: ProviderReading,
  findings: Findings,
): void => {
  if (legacy)
    findings.notice(
      `${name} uses ${legacy.clientId} and ${legacy.clientSecret}: prefer ${variable("clientId")} and ${variable("clientSecret")}`,
    );
  const doubt = doubtAbout(definition, template);
  if (doubt) findings.warn(`${name} is active, and ${doubt.text}`);
};
