import { fillTexts, type MetadataRule } from "../catalog/index.ts";
import { valuesOf } from "./dialect.ts";
import type { Egress } from "./egress.ts";
import { valueAt } from "./json-path.ts";
import { textsOf } from "./token-metadata.ts";
import { type ProviderCall, stopwatch } from "./token-request.ts";

type CallRule = Extract<MetadataRule, { from: "call" }>;

export interface FollowUp extends ProviderCall {
  /** The new one. */
  readonly accessToken: string;
}

export interface FollowUpResult {
  readonly metadata: Readonly<Record<string, string>>;
  /** Calls that brought nothing. */
  readonly failed: number;
}

/**
 * What the catalog keeps of the vendor's API for callers: one call for all rules that share it, with the new access token, and only to an origin where
 * the entry's tokens may be used. Never throws: the tokens are good whatever the API says, and what is missing then is missing from the metadata.
 */
export const followUpMetadata = async (egress: Egress, followUp: FollowUp): Promise<FollowUpResult> => {
  const remainingMs = stopwatch(followUp.timeoutMs);
  const calls = Map.groupBy(followUp.definition.metadata.filter(isCall), ({ url, method, headers, body }) =>
    JSON.stringify([url, method, headers, body]),
  );
  const results = await Promise.all(
    [...calls.values()].map((rules) => ask(egress, { ...followUp, timeoutMs: remainingMs() }, rules)),
  );
  return {
    metadata: Object.assign({}, ...results) as Record<string, string>,
    failed: results.filter((result) => result === undefined).length,
  };
};

const isCall = (rule: MetadataRule): rule is CallRule => rule.from === "call";

const ask = async (
  egress: Egress,
  followUp: FollowUp,
  rules: readonly CallRule[],
): Promise<Record<string, string> | undefined> => {
  const url = rules[0] === undefined ? "" : (followUp.endpoints.callUrls[rules[0].url] ?? "");
  if (rules[0] === undefined || url === "" || !isAtHome(followUp, url)) return undefined;
  try {
    const { trust, timeoutMs } = followUp;
    const response = await egress.fetch(url, requestOf(followUp, rules[0]), { trust, deadlineMs: timeoutMs });
    if (!response.ok) return undefined;
    const answer: unknown = JSON.parse(await response.text());
    return textsOf(rules.map((rule) => [rule.name, readValue(rule, answer)]));
  } catch {
    return undefined;
  }
};

const isAtHome = ({ endpoints }: FollowUp, url: string): boolean =>
  endpoints.allowedOrigins.includes(new URL(url).origin);

const requestOf = (followUp: FollowUp, { method = "GET", headers = {}, body }: CallRule): RequestInit => {
  const { usage } = followUp.definition;
  const sent = new Headers({ accept: "application/json" });
  if (body !== undefined) sent.set("content-type", "application/json");
  for (const [name, value] of Object.entries(fillTexts(headers, valuesOf(followUp)))) sent.set(name, value);
  sent.set(usage.headerName, `${usage.headerPrefix}${followUp.accessToken}`);
  return { method, headers: sent, redirect: "manual", ...(body === undefined ? {} : { body }) };
};

const readValue = ({ each, path }: CallRule, answer: unknown): unknown => {
  if (each === undefined) return valueAt(answer, path);
  const list = each === "" ? answer : valueAt(answer, each);
  return Array.isArray(list) ? list.map((item) => (path === "" ? item : valueAt(item, path))) : undefined;
};
