import type { ProviderDefinition } from "../definition.ts";
import { resolveEndpoints } from "../endpoints.ts";
import { TOKEN_HOST } from "../token-host.ts";

const SIGNING: ReadonlySet<string> = new Set(["private_key_jwt", "generated_secret"]);

/** Whether what the engine does with an entry can come off: it asks only at home, knows how to sign, and can find its own state again. */
export const lintCalls = (definition: ProviderDefinition): string[] => [
  ...lintSigning(definition),
  ...lintState(definition),
  ...lintMetadataPlaceholders(definition),
  ...lintFollowUps(definition),
];

const lintSigning = ({ clientAuthentication: { method, jwt } }: ProviderDefinition): string[] =>
  SIGNING.has(method) === (jwt !== undefined) ? [] : [`${method} and jwt belong together`];

/** Without it no callback finds its flow. */
const lintState = ({ authorizeRequest: { drop, rename } }: ProviderDefinition): string[] =>
  drop.includes("state") || Object.hasOwn(rename, "state") ? ["the state must come back under its name"] : [];

const lintMetadataPlaceholders = ({ tokenRequest, revoke, metadata }: ProviderDefinition): string[] => {
  const texts = [
    tokenRequest.headers,
    tokenRequest.exchangeParams,
    tokenRequest.refreshParams,
    revoke.params,
  ];
  const used = texts
    .flatMap((text) => Object.values(text))
    .flatMap((text) => [...text.matchAll(/\{metadata\.([A-Za-z0-9_.-]+)\}/g)].map(([, name = ""]) => name));
  const kept = metadata.map(({ name }) => name);
  return used
    .filter((name) => !kept.includes(name))
    .map((name) => `{metadata.${name}} stands for nothing that is kept`);
};

/** The access token goes to hosts of `usage` and nowhere else. */
const lintFollowUps = (definition: ProviderDefinition): string[] => {
  const urls = definition.metadata.flatMap((rule) => (rule.from === "call" ? [rule.url] : []));
  const endpoints = urls.length === 0 ? undefined : endpointsOf(definition);
  if (endpoints === undefined) return [];
  return [...new Set(urls)]
    .filter((template) => {
      const url = endpoints.callUrls[template] ?? "";
      return url === "" || !endpoints.allowedOrigins.includes(new URL(url).origin);
    })
    .map((template) => `${template} is asked, but usage does not name its host`);
};

/** Undefined where the entry cannot be resolved, which is told already. */
const endpointsOf = (definition: ProviderDefinition): ReturnType<typeof resolveEndpoints> | undefined => {
  const examples = Object.fromEntries(
    Object.entries(definition.variables).map(([name, { example }]) => [name, example]),
  );
  const [host = ""] = definition.callback.tokenHost?.allow ?? [];
  const chosen = host === "" ? {} : { [TOKEN_HOST]: host.startsWith(".") ? `acme${host}` : host };
  try {
    return resolveEndpoints(definition, { ...examples, ...chosen });
  } catch {
    return undefined;
  }
};
