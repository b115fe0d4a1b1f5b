import { runCallbackHook, TOKEN_HOST, tokenHostOf } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import { callbackMetadata } from "./callback-metadata.ts";
import type { CallbackParameters } from "./callback-parameters.ts";
import type { RedeemableAnswer } from "./redeem.ts";

const MAX_FORWARDED_LENGTH = 2048;

/**
 * What of an authorization response the exchange needs, in this vendor's way.
 *
 * @throws BrokerError ISSUER_MISMATCH when the response names a token endpoint outside the entry's list, or is not the vendor's by its own proof.
 */
export const readCallback = (
  { definition, clientSecret }: Pick<Registration, "definition" | "clientSecret">,
  { code, state, all }: Extract<CallbackParameters, { kind: "code" }>,
): RedeemableAnswer => {
  const { hooks, callback, metadata } = definition;
  const secret = clientSecret?.reveal() ?? "";
  if (
    hooks.callback &&
    !runCallbackHook(hooks.callback.name, Object.fromEntries(all), { clientSecret: secret })
  )
    throw notTheVendors("the callback does not carry the provider's own proof");
  return {
    code,
    state,
    metadata: callbackMetadata(metadata, all),
    forwarded: forwardedParams(callback.forward, all),
    config: chosenHost(callback.tokenHost, all),
  };
};

const forwardedParams = (names: readonly string[], params: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    names
      .map((name): [string, string] => [name, params.get(name) ?? ""])
      .filter(([, value]) => value !== "" && value.length <= MAX_FORWARDED_LENGTH),
  );

const chosenHost = (
  rules: Registration["definition"]["callback"]["tokenHost"],
  params: URLSearchParams,
): Record<string, string> => {
  const chosen = rules && tokenHostOf(rules, params);
  if (chosen === "refused")
    throw notTheVendors("the callback names a token endpoint that is not the provider's");
  return chosen ? { [TOKEN_HOST]: chosen.host } : {};
};

const notTheVendors = (problem: string): BrokerError => new BrokerError("ISSUER_MISMATCH", problem);
