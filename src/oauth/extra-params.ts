import type { ProviderDefinition } from "../catalog/index.ts";
import { invalidField } from "../errors.ts";

export const MAX_EXTRA_PARAMS = 16;
const MAX_VALUE_LENGTH = 2048;
const NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;
const CONTROL = /\p{Cc}/u;

/** What the flow sets itself; a caller who could set it would choose another client, another callback or another response. */
const RESERVED: ReadonlySet<string> = new Set([
  "client_id",
  "client_secret",
  "redirect_uri",
  "response_type",
  "response_mode",
  "state",
  "scope",
  "nonce",
  "request",
  "request_uri",
  "resource",
]);
const RESERVED_PREFIXES = ["code_challenge", "client_assertion"];

/**
 * Whether a caller's additions to the authorization request leave alone what the flow sets, under the RFC's names and this provider's own.
 *
 * @throws BrokerError INVALID_REQUEST naming `extra_params` or `extra_params.<name>`.
 */
export const assertExtraParamsAllowed = (
  definition: Pick<ProviderDefinition, "scopes">,
  params: Readonly<Record<string, string>>,
): void => {
  const entries = Object.entries(params);
  if (entries.length > MAX_EXTRA_PARAMS)
    throw invalidField("extra_params", `at most ${MAX_EXTRA_PARAMS} parameters`);
  for (const [name, value] of entries) assertAllowed(definition, name, value);
};

const assertAllowed = (definition: Pick<ProviderDefinition, "scopes">, name: string, value: string): void => {
  if (!NAME.test(name))
    throw invalidField(
      "extra_params",
      "a name starts with a letter and has letters, digits, _ . : - only, at most 64",
    );
  if (isReserved(definition, name))
    throw invalidField(`extra_params.${name}`, "is set by the authorization flow; leave it out");
  if (value.length > MAX_VALUE_LENGTH || CONTROL.test(value) || !value.isWellFormed())
    throw invalidField(
      `extra_params.${name}`,
      `at most ${MAX_VALUE_LENGTH} characters, no control characters`,
    );
};

/** Servers that ignore case, or that read `redirect.uri` as `redirect_uri`, exist: names are compared as the loosest of them would. */
const loosest = (name: string): string => name.toLowerCase().replaceAll(/[.:-]/g, "_");

const isReserved = (definition: Pick<ProviderDefinition, "scopes">, name: string): boolean => {
  const loose = loosest(name);
  return (
    RESERVED.has(loose) ||
    loose === loosest(definition.scopes.parameter) ||
    RESERVED_PREFIXES.some((prefix) => loose.startsWith(prefix))
  );
};
