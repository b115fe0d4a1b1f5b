import { randomBytes, randomUUID } from "node:crypto";
import type { ProviderDefinition } from "./definition.ts";

/**
 * What the texts of parameters, headers and signed assertions may hold in braces, beside the names of declared
 * variables: `{client_id}`, `{redirect_host}` (of the broker's callback), `{token_url}` (the called endpoint),
 * `{scopes}`, `{random}` and `{uuid}` (new in every call), and `{metadata.<name>}` (what the connection keeps
 * of the vendor's answers).
 */
export const builtInPlaceholders: ReadonlySet<string> = new Set([
  "client_id",
  "redirect_host",
  "token_url",
  "scopes",
  "random",
  "uuid",
]);

const PLACEHOLDER = /\{([a-z][a-z0-9_]*|metadata\.[A-Za-z0-9_.-]+)\}/g;
const METADATA = "metadata.";

export interface PlaceholderValues {
  /** Of variables, and of the built-in names that do not change from call to call. */
  readonly texts: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The text with every placeholder filled; undefined when one of them has no value. */
export const fillText = (text: string, values: PlaceholderValues): string | undefined => {
  let complete = true;
  const filled = text.replaceAll(PLACEHOLDER, (_, name: string) => {
    const value = valueOf(name, values);
    complete &&= value !== undefined;
    return value ?? "";
  });
  return complete ? filled : undefined;
};

/** Those whose text came out complete and not empty. */
export const fillTexts = (
  texts: Readonly<Record<string, string>>,
  values: PlaceholderValues,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => {
      const filled = fillText(text, values);
      return filled === undefined || (filled === "" && text !== "") ? [] : [[name, filled]];
    }),
  );

const valueOf = (name: string, { texts, metadata = {} }: PlaceholderValues): string | undefined => {
  if (name === "random") return randomBytes(16).toString("hex");
  if (name === "uuid") return randomUUID();
  if (name.startsWith(METADATA)) return ownText(metadata, name.slice(METADATA.length));
  return ownText(texts, name);
};

const ownText = (texts: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(texts, name) ? texts[name] : undefined;

/** The names of variables that the texts of an entry use outside its URLs, each once. */
export const variablesInTexts = (definition: ProviderDefinition): string[] => {
  const names = textsOf(definition).flatMap((text) =>
    [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name),
  );
  return [...new Set(names.filter((name) => !builtInPlaceholders.has(name) && !name.startsWith(METADATA)))];
};

const textsOf = ({
  authorizeRequest,
  tokenRequest,
  clientAuthentication: { jwt },
  revoke,
  metadata,
}: ProviderDefinition): string[] => [
  ...Object.values(authorizeRequest.params),
  ...Object.values(tokenRequest.headers),
  ...Object.values(tokenRequest.exchangeParams),
  ...Object.values(tokenRequest.refreshParams),
  ...Object.values(tokenRequest.afterExchange?.params ?? {}),
  ...(jwt ? [jwt.audience, jwt.issuer, jwt.subject, jwt.keyId] : []),
  ...Object.values(revoke.params),
  ...Object.values(revoke.headers),
  ...metadata.flatMap((rule) => (rule.from === "call" ? Object.values(rule.headers ?? {}) : [])),
];
