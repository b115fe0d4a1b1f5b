import { overrideEndpoints, type ProviderDefinition } from "../../catalog/index.ts";
import type { ClientFacts } from "./client-rules.ts";
import { given } from "./field-problems.ts";
import type { RegistrationInput } from "./registration-input.ts";

/** The fields that are endpoints. */
export const URL_FIELDS = ["authorizeUrl", "tokenUrl", "revokeUrl", "userinfoUrl"] as const;

/** A template's facts, or the RFCs', with what the registration says instead. */
export const applyOverrides = (
  base: ProviderDefinition,
  input: RegistrationInput,
  { method, pkce }: ClientFacts,
): ProviderDefinition => ({
  ...overrideEndpoints(base, givenUrls(input)),
  pkce,
  clientAuthentication: { ...base.clientAuthentication, method },
  scopes: {
    ...base.scopes,
    default: input.defaultScopes?.length ? input.defaultScopes : base.scopes.default,
    separator: given(input.scopeSeparator) ?? base.scopes.separator,
  },
  authorizeRequest: {
    ...base.authorizeRequest,
    params: { ...base.authorizeRequest.params, ...input.extraAuthorizeParams },
  },
  tokenRequest: {
    ...base.tokenRequest,
    exchangeParams: { ...base.tokenRequest.exchangeParams, ...input.extraTokenParams },
    refreshParams: { ...base.tokenRequest.refreshParams, ...input.extraTokenParams },
  },
});

const givenUrls = (input: RegistrationInput): Parameters<typeof overrideEndpoints>[1] =>
  Object.fromEntries(
    [...URL_FIELDS, "issuer" as const].flatMap((field) => {
      const url = given(input[field]);
      return url === undefined ? [] : [[field, url]];
    }),
  );
