import { completeDefinition } from "../definition.ts";
import { isProviderName } from "../names.ts";
import type { ProviderFacts } from "../schema.ts";
import { lintCalls } from "./entry-calls.ts";
import { lintVariables } from "./entry-variables.ts";
import { lintHooks } from "./hooks.ts";

/** Parameters that the flow sets itself. */
const FLOW_PARAMETERS =
  /^(client_id|redirect_uri|response_type|response_mode|state|scope|nonce|code_challenge.*|request|request_uri|resource|client_assertion.*|client_secret|code|code_verifier|grant_type|refresh_token)$/;

/** Words that describe a value instead of being one. */
const DESCRIPTION =
  /^(value|values|optional|required|string|number|boolean|any|example|default|none|unknown|todo|tbd|your.*|.*[<>].*)$/i;

/** What is wrong with one entry, apart from its place among the others. */
export const lintEntry = (facts: ProviderFacts): string[] => {
  const definition = completeDefinition(facts);
  return [
    ...(isProviderName(facts.name) ? [] : ["the name is reserved or malformed"]),
    ...lintConfidence(facts),
    ...(facts.docsUrl?.startsWith("https://") === false ? ["docsUrl is no https URL"] : []),
    ...lintParameters(facts),
    ...lintScopes(facts),
    ...lintVariables(facts, definition),
    ...lintHooks(facts),
    ...lintCalls(definition),
  ];
};

const lintConfidence = (facts: ProviderFacts): string[] => {
  const hasUrls = facts.authorizeUrl !== undefined && facts.tokenUrl !== undefined;
  const explained = [...(facts.findings ?? []), ...(facts.contested ?? [])].length > 0;
  if (facts.confidence === "unverified") {
    return [
      ...(facts.authorizeUrl || facts.tokenUrl ? ["an unverified entry ships no URLs"] : []),
      ...(explained ? [] : ["findings are missing"]),
    ];
  }
  return [
    ...(hasUrls ? [] : ["authorizeUrl or tokenUrl is missing"]),
    ...(facts.confidence === "confirmed" && facts.sources.length < 2 ? ["confirmed needs two sources"] : []),
    ...(facts.confidence === "contested" && !explained ? ["findings are missing"] : []),
    ...(facts.issuer?.verified && facts.issuer.evidence === undefined
      ? ["a verified issuer names its evidence"]
      : []),
  ];
};

/** A parameter of the flow may be said by an entry that drops the flow's own. */
const setByFlow = (
  params: Readonly<Record<string, string>> = {},
  dropped: readonly string[] = [],
): string[] => Object.keys(params).filter((name) => FLOW_PARAMETERS.test(name) && !dropped.includes(name));

const lintParameters = ({ authorizeRequest, tokenRequest, ...facts }: ProviderFacts): string[] => {
  const said = [
    authorizeRequest?.params,
    tokenRequest?.exchangeParams,
    tokenRequest?.refreshParams,
    tokenRequest?.headers,
  ].flatMap((texts) => Object.entries(texts ?? {}));
  const flow = [
    ...setByFlow(authorizeRequest?.params, authorizeRequest?.drop),
    ...setByFlow(tokenRequest?.exchangeParams, tokenRequest?.drop),
    ...setByFlow(tokenRequest?.refreshParams, [
      ...(tokenRequest?.drop ?? []),
      ...(tokenRequest?.dropOnRefresh ?? []),
    ]),
  ];
  const metadata = (facts.metadata ?? []).map(({ name }) => name);
  return [
    ...[...new Set(flow)].map((name) => `the flow itself sets the parameter ${name}`),
    ...said
      .filter(([, value]) => DESCRIPTION.test(value))
      .map(([name]) => `the value of ${name} describes instead of saying`),
    ...(new Set(metadata).size === metadata.length ? [] : ["two metadata entries have one name"]),
  ];
};

const lintScopes = ({ scopes }: ProviderFacts): string[] => {
  const wider = Object.entries(scopes.implies ?? {}).flat(2);
  const named = [
    ...scopes.default,
    ...Object.entries(scopes.aliases ?? {}).flat(),
    ...(scopes.neverListed ?? []),
    ...wider,
  ];
  const separator = scopes.separator ?? " ";
  const glued = named.filter((scope) => scope === "" || /[\s,]/.test(scope) || scope.includes(separator));
  return glued.map((scope) => `the scope ${JSON.stringify(scope)} cannot be told apart from its neighbours`);
};
