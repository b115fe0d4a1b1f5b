import {
  isParameterName,
  isParameterValue,
  isSetByAuthorizationFlow,
  type ProviderDefinition,
} from "../catalog/index.ts";
import { invalidField } from "../errors.ts";

export const MAX_EXTRA_PARAMS = 16;

/**
 * Whether a caller's additions to the authorization request leave alone what the flow sets, under the RFC's names and this provider's own.
 *
 * @throws BrokerError INVALID_REQUEST naming `extra_params` or `extra_params.<name>`.
 */
export const assertExtraParamsAllowed = (
  { scopes }: Pick<ProviderDefinition, "scopes">,
  params: Readonly<Record<string, string>>,
): void => {
  const entries = Object.entries(params);
  if (entries.length > MAX_EXTRA_PARAMS)
    throw invalidField("extra_params", `at most ${MAX_EXTRA_PARAMS} parameters`);
  for (const [name, value] of entries) assertAllowed(scopes.parameter, name, value);
};

const assertAllowed = (scopeParameter: string, name: string, value: string): void => {
  if (!isParameterName(name))
    throw invalidField(
      "extra_params",
      "a name starts with a letter and has letters, digits, _ . : - only, at most 64",
    );
  if (isSetByAuthorizationFlow(name, scopeParameter))
    throw invalidField(`extra_params.${name}`, "is set by the authorization flow; leave it out");
  if (!isParameterValue(value))
    throw invalidField(`extra_params.${name}`, "at most 2048 characters, no control characters");
};
