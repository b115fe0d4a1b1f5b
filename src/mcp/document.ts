import { type Egress, isJsonObject, type JsonObject } from "../oauth/index.ts";
import type { Budget } from "./budget.ts";
import { refusalOfCall, refuse, type Rule } from "./refusal.ts";

/**
 * `absent`: the server has no such document and says so cleanly (404). `unusable`: another refusal, or something that is no JSON object, as a server that
 * answers every path with its page. `trouble`: the server's own (5xx, 429).
 */
export type Fetched =
  | { readonly kind: "document"; readonly json: JsonObject }
  | { readonly kind: "absent" | "unusable" | "trouble" };

export interface FetchDeps {
  readonly egress: Egress;
  readonly budget: Budget;
}

const MAX_REDIRECTS = 3;

/**
 * Fetches a document of discovery. A redirect is followed at most three times, each target judged like a URL that stood in the first place; one that the
 * guard refuses ends everything, so that nothing else is tried instead.
 *
 * @throws BrokerError EGRESS_DENIED, METADATA_INVALID, PROVIDER_UNAVAILABLE.
 */
export const fetchDocument = async (
  deps: FetchDeps,
  url: string,
  rule: Rule,
  what: string,
): Promise<Fetched> => {
  let target = url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await get(deps, target, rule, what);
    if (!isRedirect(response.status)) return await read(response);
    const location = response.headers.get("location") ?? "";
    if (location === "" || !URL.canParse(location, target)) return { kind: "unusable" };
    target = new URL(location, target).href;
  }
  throw refuse("METADATA_INVALID", rule, `${what} redirects more than ${MAX_REDIRECTS} times`);
};

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const isRedirect = (status: number): boolean => REDIRECTS.has(status);

const get = async (
  { egress, budget }: FetchDeps,
  url: string,
  rule: Rule,
  what: string,
): Promise<Response> => {
  const request = { method: "GET", headers: { accept: "application/json" }, redirect: "manual" } as const;
  const deadlineMs = budget.remainingMs();
  try {
    return await egress.fetch(url, request, { trust: "user", deadlineMs });
  } catch (error) {
    throw refusalOfCall(error, rule, what);
  }
};

const read = async (response: Response): Promise<Fetched> => {
  const { status } = response;
  if (status === 404) return { kind: "absent" };
  if (status === 429 || status >= 500) return { kind: "trouble" };
  if (status !== 200) return { kind: "unusable" };
  const json = parse(await response.bytes());
  return isJsonObject(json) ? { kind: "document", json } : { kind: "unusable" };
};

const MAX_DEPTH = 32;

/** RFC 8259 section 8.1: nothing but UTF-8. Undefined for what is no JSON, or nested beyond sense. */
const parse = (bytes: Uint8Array): unknown => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return depthOf(text) > MAX_DEPTH ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
};

const depthOf = (text: string): number => {
  let depth = 0;
  let deepest = 0;
  for (const sign of text) {
    if (sign === "{" || sign === "[") deepest = Math.max(deepest, ++depth);
    else if (sign === "}" || sign === "]") depth -= 1;
  }
  return deepest;
};
