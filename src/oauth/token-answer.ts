import type { TokenAnswerRules } from "../catalog/index.ts";
import { isJsonObject, type JsonObject } from "./json-path.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** `object`: readable; `json`: JSON, but no object; `text`: no JSON (a proxy's page, a cut body); `bytes`: not even UTF-8. */
export type AnswerBody =
  | { readonly kind: "object"; readonly json: JsonObject; readonly raw: string }
  | { readonly kind: "json" | "text" | "bytes" };

/** What a token or revocation endpoint answered, before anybody judges it. */
export interface TokenAnswer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly receivedAtMs: number;
  readonly body: AnswerBody;
}

/** Reads a JSON object under any content type, because vendors label it as they like; a form only where the catalog says that this vendor sends forms. */
export const readTokenAnswer = async (
  rules: Pick<TokenAnswerRules, "formEncoded">,
  response: Response,
): Promise<TokenAnswer> => {
  const receivedAtMs = Date.now();
  return {
    status: response.status,
    retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), receivedAtMs),
    receivedAtMs,
    body: readBody(rules, await response.bytes()),
  };
};

const readBody = (rules: Pick<TokenAnswerRules, "formEncoded">, bytes: Uint8Array): AnswerBody => {
  const text = decodeUtf8(bytes)?.trim();
  if (text === undefined) return { kind: "bytes" };
  const json = parseJson(text);
  if (isJsonObject(json)) return { kind: "object", json, raw: text };
  if (json !== undefined) return { kind: "json" };
  const form =
    rules.formEncoded && FORM.test(text) ? Object.fromEntries(new URLSearchParams(text)) : undefined;
  return form ? { kind: "object", json: form, raw: JSON.stringify(form) } : { kind: "text" };
};

const FORM = /^[^\s=&<{]+=[^\s<]*$/;

/** Drops a byte order mark. RFC 8259 section 8.1: nothing but UTF-8. */
const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** Undefined for what is no JSON. The parser's own error quotes the text, and with it a token. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
