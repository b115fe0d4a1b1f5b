import type { ScriptedAnswer } from "../answers/scripted-answer.ts";

/** How a vendor words what RFC 6749 section 5.2 words its own way. */
export interface ErrorDialect {
  /**
   * `rfc6749`: `{"error"}`. `ok-false`: `{"ok": false, "error"}`. `errors`: `{"success": false, "errors": [{"errorType"}]}`. `nested`:
   * `{"error": {"type", "message"}}`. `form`: form-encoded. `html`: a page without the code. `empty`: no body.
   */
  readonly body: "rfc6749" | "ok-false" | "errors" | "nested" | "form" | "html" | "empty";
  /** Instead of 400 and 401; some vendors say 200. */
  readonly status?: number | undefined;
  /** RFC 6749's code → the vendor's word. */
  readonly codes: Readonly<Record<string, string>>;
}

export const rfc6749: ErrorDialect = { body: "rfc6749", codes: {} };

/** The error of one code under the vendor's status, in the vendor's words. */
export const errorAnswer = (dialect: ErrorDialect, error: string, status = 400): ScriptedAnswer => ({
  status: dialect.status ?? status,
  ...BODIES[dialect.body](dialect.codes[error] ?? error),
});

const BODIES: Record<ErrorDialect["body"], (code: string) => ScriptedAnswer> = {
  rfc6749: (error) => ({ json: { error } }),
  "ok-false": (error) => ({ json: { ok: false, error } }),
  errors: (errorType) => ({ json: { success: false, errors: [{ errorType, message: errorType }] } }),
  nested: (type) => ({ json: { error: { type, message: type } } }),
  form: (error) => ({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ error }).toString(),
  }),
  html: () => ({
    headers: { "content-type": "text/html" },
    body: "<!doctype html><title>Error</title><p>Something went wrong.",
  }),
  empty: () => ({}),
};
