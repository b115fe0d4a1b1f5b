/** Answers of a token endpoint that bring no token, and what each says about the grant. `leak` stands where a vendor would put what nobody may see. */
import { gzipSync } from "node:zlib";
import { canary } from "../support/canaries.ts";
import { gzipBomb, json, oauthError, redirectTo, type ScriptedAnswer } from "../support/provider.ts";

/**
 * `failing`: the provider's trouble, tried again. `in doubt`: the refresh token may be spent, kept until the present token ends. `ours`: the client or the
 * endpoint is wrong, tried again. `dead`: the provider has ended the grant.
 */
export type Verdict = "failing" | "in doubt" | "ours" | "dead";

export interface BadAnswer {
  readonly name: string;
  readonly answer: ScriptedAnswer;
  readonly verdict: Verdict;
  /** Default: none is shown. */
  readonly providerError?: string;
}

export const leak = canary("provider_body");

const bad =
  (verdict: Verdict) =>
  (name: string, answer: ScriptedAnswer, providerError = ""): BadAnswer => ({
    name,
    answer,
    verdict,
    providerError,
  });

const failing = bad("failing");
const inDoubt = bad("in doubt");
const ours = bad("ours");
const dead = bad("dead");

const text = (body: string | Uint8Array, contentType = "application/json"): ScriptedAnswer => ({
  body,
  headers: { "content-type": contentType },
});
const page = `<html>${leak}</html>`;
const good = `{"access_token":"${leak}","token_type":"Bearer"}`;
const token = (more: Record<string, unknown>): ScriptedAnswer =>
  json({ access_token: leak, token_type: "Bearer", expires_in: 3600, ...more });
const encoded = (body: Uint8Array, encoding: string): ScriptedAnswer => ({
  body,
  headers: { "content-encoding": encoding },
});
const throttled = (retryAfter: string): ScriptedAnswer => ({
  status: 429,
  headers: { "retry-after": retryAfter },
});

const MEBIBYTE = 1024 * 1024;

/** No answer that could be read at all. */
const UNREADABLE: readonly BadAnswer[] = [
  inDoubt("a page", text(page, "text/html")),
  inDoubt(
    "a form from a vendor that sends JSON",
    text(`access_token=${leak}`, "application/x-www-form-urlencoded"),
  ),
  inDoubt("an empty body", text("")),
  inDoubt("204", { status: 204 }),
  inDoubt("UTF-16", text(Buffer.from(`\ufeff${good}`, "utf16le"))),
  inDoubt("latin-1", text(Buffer.from('{"access_token":"at","name":"é"}', "latin1"))),
  inDoubt("10 MB", text("x".repeat(10 * MEBIBYTE))),
  inDoubt("an endless body", { body: "x".repeat(65_536), fault: "endless" }),
  inDoubt("a bomb of gzip", gzipBomb()),
  inDoubt("what is no gzip", encoded(Buffer.from(good), "gzip")),
  inDoubt("fifty gzips", encoded(gzipSync(good), Array.from({ length: 50 }, () => "gzip").join(", "))),
  inDoubt("a body that is cut short", { ...text(good), fault: "truncate" }),
  inDoubt("chunks without an end", {
    raw: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"acc\r\n`,
  }),
  inDoubt("two lengths", {
    raw: `HTTP/1.1 200 OK\r\ncontent-length: 43\r\ncontent-length: 2\r\n\r\n${good}`,
  }),
  inDoubt("no HTTP", { raw: `SSH-2.0-${leak}\r\n` }),
  inDoubt("a reset", { fault: "reset" }),
  inDoubt("a close", { raw: "" }),
];

/** JSON of a 200 that is no token. */
const UNUSABLE: readonly BadAnswer[] = [
  ...["[]", "null", '"x"', "{}"].map((body) => inDoubt(body, text(body))),
  inDoubt("no access_token", json({ token_type: "Bearer", refresh_token: leak })),
  ...["", 7, { value: leak }, null].map((value) =>
    inDoubt(`access_token ${JSON.stringify(value)?.replace(leak, "…")}`, token({ access_token: value })),
  ),
  inDoubt("access_token of 1 MiB", token({ access_token: "x".repeat(MEBIBYTE - 200) })),
  inDoubt("access_token with a line break", token({ access_token: `${leak}\r\nx: y` })),
  inDoubt("token_type mac", token({ token_type: "mac" })),
  inDoubt("token_type DPoP", token({ token_type: "DPoP" })),
  inDoubt("refresh_token 7", token({ refresh_token: 7 })),
  inDoubt("refresh_token with a line break", token({ refresh_token: `${leak}\n` })),
];

const ERRORS: readonly BadAnswer[] = [
  dead(
    "invalid_grant",
    json({ error: "invalid_grant", error_description: leak }, { status: 400 }),
    "invalid_grant",
  ),
  dead("invalid_grant beside a token", token({ error: "invalid_grant" }), "invalid_grant"),
  ours("an unknown error beside a token", token({ error: leak })),
  ours("an unknown error", json({ error: leak, error_description: leak }, { status: 400 })),
  ours(
    "401 with a challenge",
    { status: 401, headers: { "www-authenticate": `Basic realm="${leak}"` } },
    "invalid_client",
  ),
  ours("invalid_client", oauthError("invalid_client", 401), "invalid_client"),
  ours("unauthorized_client", oauthError("unauthorized_client"), "unauthorized_client"),
  ours("unsupported_grant_type", oauthError("unsupported_grant_type"), "unsupported_grant_type"),
  ours("404", { status: 404, body: page }),
  ours("405", { status: 405 }),
  ...[301, 302, 303, 307, 308].map((status) =>
    ours(`${status} to another host`, redirectTo(`https://elsewhere.example/?${leak}`, status)),
  ),
  failing("400 with a page", { ...text(page, "text/html"), status: 400 }),
  failing("400 that is cut short", { status: 400, body: '{"error":"invalid_grant"', fault: "truncate" }),
  failing("403 with a page", { ...text(page, "text/html"), status: 403 }),
  ...[408, 425, 500, 502, 503].map((status) => failing(String(status), { status, body: leak })),
  failing("503 with invalid_grant", oauthError("invalid_grant", 503), "invalid_grant"),
  failing("temporarily_unavailable", oauthError("temporarily_unavailable"), "temporarily_unavailable"),
  failing("slow_down", oauthError("slow_down"), "slow_down"),
  failing("server_error in a 200", json({ error: "server_error" }), "server_error"),
  ...["120", "-1", "999999999", "garbage", "Fri, 31 Dec 9999 23:59:59 GMT"].map((value) =>
    failing(`429 with Retry-After ${value}`, throttled(value)),
  ),
];

export const BAD_ANSWERS: readonly BadAnswer[] = [...UNREADABLE, ...UNUSABLE, ...ERRORS];

/** The first of each verdict. */
export const ONE_OF_EACH: readonly BadAnswer[] = BAD_ANSWERS.filter(
  ({ verdict }, index) => BAD_ANSWERS.findIndex((other) => other.verdict === verdict) === index,
);
