import type { TokenAnswerRules } from "../catalog/index.ts";
import { type FailureClass, OAuthFailure } from "./failure.ts";
import { type JsonObject, valueAt } from "./json-path.ts";
import type { TokenAnswer } from "./token-answer.ts";

type ErrorRules = Pick<TokenAnswerRules, "errorIn200" | "errorPaths" | "errorDialect">;

/** The failure that an answer states, by its status or by an error in its body; undefined for a 2xx that states none. */
export const failureOfAnswer = (rules: ErrorRules, answer: TokenAnswer): OAuthFailure | undefined => {
  const { status, body, retryAfterMs } = answer;
  const code = body.kind === "object" ? errorCodeOf(rules, status, body.json) : undefined;
  if (isSuccess(status) && code === undefined) return undefined;
  const providerError = code ?? (status === 401 ? "invalid_client" : "");
  return new OAuthFailure(`the provider answered with status ${status} and an error`, {
    class: code === undefined ? classOfStatus(status) : classOfCode(status, code),
    providerError,
    httpStatus: status,
    retryAfterMs,
    sent: true,
  });
};

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  "temporarily_unavailable",
  "slow_down",
  "server_error",
]);
/** Wrong credentials (401), a wrong address (404, 405, 410), or a redirect, which a POST with a secret never follows. */
const CLIENT_STATUS: ReadonlySet<number> = new Set([401, 404, 405, 410]);

/** What a status alone proves. A 4xx page without an OAuth error comes from something in front of the provider as often as from it: it ends nothing. */
export const classOfStatus = (status: number): FailureClass => {
  if (isSuccess(status)) return "outcome_unknown";
  return CLIENT_STATUS.has(status) || (status >= 300 && status < 400) ? "client" : "transient";
};

const classOfCode = (status: number, code: string): FailureClass => {
  if (status >= 500 || TRANSIENT_STATUS.has(status) || TRANSIENT_CODES.has(code)) return "transient";
  return code === "invalid_grant" && (status < 300 || status >= 400) ? "rejected" : "client";
};

/**
 * The error a body states, in the RFC's word where the catalog knows the vendor's; "" for one that has no name; undefined for none. Under an error
 * status the vendor's own words count wherever they stand.
 */
const errorCodeOf = (rules: ErrorRules, status: number, json: JsonObject): string | undefined => {
  const isStated = statesError(rules, json);
  if (isSuccess(status) && !isStated) return undefined;
  const codes = codePaths(rules).map((path) => codeText(valueAt(json, path)));
  if (codes.some((code) => rules.errorDialect.invalidGrant.includes(code))) return "invalid_grant";
  if (codes.some((code) => rules.errorDialect.invalidClient.includes(code))) return "invalid_client";
  return isStated ? (codes.find((code) => code !== "") ?? "") : undefined;
};

/** RFC 6749 section 5.2 has a string at `error`; the others are where vendors put a code beside or instead of it. */
const codePaths = ({ errorIn200, errorPaths }: ErrorRules): string[] => [
  ...(errorIn200 ? [errorIn200.code] : []),
  errorPaths.error,
  "error",
  "error.code",
  "error.type",
  "error_code",
  "code",
];

const statesError = ({ errorIn200, errorPaths }: ErrorRules, json: JsonObject): boolean => {
  const stated = ["error", errorPaths.error].map((path) => valueAt(json, path));
  if (!stated.every((value) => [...EMPTY, false, 0].includes(value))) return true;
  const field = errorIn200 && valueAt(json, errorIn200.field);
  return !EMPTY.includes(field) && errorIn200?.success.includes(codeText(field)) === false;
};

const EMPTY: readonly unknown[] = [undefined, null, ""];

const codeText = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
