import { inspect } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FailureClass, TokenSet } from "../../src/oauth/index.ts";
import { canary } from "../support/canaries.ts";
import {
  gzipBomb,
  json,
  type ScriptedAnswer,
  startTestProvider,
  type TestProvider,
} from "../support/provider.ts";
import { type Calls, callsTo, failureOf, plain, type Rules } from "./calls.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startTestProvider();
});
afterAll(() => provider.close());

type Row = [name: string, answer: ScriptedAnswer, rules?: Rules];
type Good = [name: string, answer: ScriptedAnswer, tokens: Partial<TokenSet>, rules?: Rules];

const CALLS: readonly (keyof Calls)[] = ["exchange", "refresh"];

const text = (body: string | Uint8Array, contentType?: string): ScriptedAnswer => ({
  body,
  headers: contentType === undefined ? {} : { "content-type": contentType },
});
const good = '{"access_token":"at","token_type":"Bearer"}';
const tokens = (more: Record<string, unknown> = {}) =>
  json({ access_token: "at", token_type: "Bearer", ...more });
const tokenAnswer = (more: Partial<(typeof plain)["tokenAnswer"]>): Rules => ({
  tokenAnswer: { ...plain.tokenAnswer, ...more },
});
const paths = (more: Partial<(typeof plain)["tokenAnswer"]["paths"]>): Rules =>
  tokenAnswer({ paths: { ...plain.tokenAnswer.paths, ...more } });
const compressed = (body: Uint8Array, encoding: string): ScriptedAnswer => ({
  body,
  headers: { "content-encoding": encoding },
});

const accepted: Good[] = [
  ["JSON as text/plain", text(good, "text/plain"), { accessToken: "at" }],
  ["JSON as text/javascript", text(good, "text/javascript; charset=utf-8"), { accessToken: "at" }],
  ["JSON as text/html", text(good, "text/html"), { accessToken: "at" }],
  ["JSON without a content type", text(good), { accessToken: "at" }],
  ["status 201", json({ access_token: "at", token_type: "Bearer" }, { status: 201 }), { accessToken: "at" }],
  ["a byte order mark", text(`\ufeff${good}`, "application/json"), { accessToken: "at", raw: good }],
  [
    "a form where the vendor sends forms",
    text("access_token=a%2Bt&scope=r+w", "application/x-www-form-urlencoded"),
    { accessToken: "a+t", scopes: ["r", "w"] },
    tokenAnswer({ formEncoded: true }),
  ],
  ["no token_type", json({ access_token: "at" }), { tokenType: "Bearer" }],
  ["token_type null", tokens({ token_type: null }), { tokenType: "Bearer" }],
  ["token_type bearer", tokens({ token_type: "bearer" }), { tokenType: "Bearer" }],
  ["token_type BEARER", tokens({ token_type: "BEARER" }), { tokenType: "Bearer" }],
  [
    "a token_type that the catalog knows to mean Bearer",
    tokens({ token_type: "bot" }),
    { tokenType: "Bearer" },
    paths({ tokenType: "" }),
  ],
  ["expires_in as text", tokens({ expires_in: "3600" }), { expiresInSeconds: 3600 }],
  ["expires_in with a fraction", tokens({ expires_in: 3600.7 }), { expiresInSeconds: 3600 }],
  ["expires_in abc", tokens({ expires_in: "abc" }), { expiresInSeconds: undefined }],
  ["expires_in null", tokens({ expires_in: null }), { expiresInSeconds: undefined }],
  ["expires_in 0", tokens({ expires_in: 0 }), { expiresInSeconds: 0 }],
  ["expires_in -5", tokens({ expires_in: -5 }), { expiresInSeconds: undefined }],
  ["expires_in 1e18", text('{"access_token":"at","expires_in":1e18}'), { expiresInSeconds: 315_360_000 }],
  ["expires_in NaN as text", tokens({ expires_in: "NaN" }), { expiresInSeconds: undefined }],
  ["expires_in true", tokens({ expires_in: true }), { expiresInSeconds: undefined }],
  [
    "no expires_in, the catalog knows it",
    tokens(),
    { expiresInSeconds: 7200 },
    { expiry: { ...plain.expiry, defaultSeconds: 7200 } },
  ],
  [
    "expires_in 0 for never",
    tokens({ expires_in: 0 }),
    { expiresInSeconds: undefined },
    { expiry: { ...plain.expiry, zeroMeansNever: true, defaultSeconds: 60 } },
  ],
  [
    "an absolute time long past",
    tokens({ expires_at: 1000 }),
    { expiresInSeconds: 0 },
    { expiry: { ...plain.expiry, absolute: { field: "expires_at", format: "seconds" } } },
  ],
  ["refresh_token null", tokens({ refresh_token: null }), { refreshToken: undefined }],
  ["refresh_token empty", tokens({ refresh_token: "" }), { refreshToken: undefined }],
  ["refresh_token absent", tokens(), { refreshToken: undefined }],
  ["refresh_token as before", tokens({ refresh_token: "rt" }), { refreshToken: "rt" }],
  [
    "refresh_token with a lifetime",
    tokens({ refresh_token: "r2", refresh_expires_in: 60 }),
    { refreshToken: "r2", refreshExpiresInSeconds: 60 },
  ],
  [
    "refresh_token without an end",
    tokens({ refresh_token: "r2", refresh_expires_in: 0 }),
    { refreshExpiresInSeconds: undefined },
  ],
  ["scope as an array", tokens({ scope: ["r", "w"] }), { scopes: ["r", "w"] }],
  ["scope as a comma list", tokens({ scope: "r,w, x" }), { scopes: ["r", "w", "x"] }],
  ["scope with repetitions", tokens({ scope: "r w r" }), { scopes: ["r", "w"] }],
  ["scope empty", tokens({ scope: "" }), { scopes: [] }],
  ["scope with what is no scope", tokens({ scope: "r \u0007 é w" }), { scopes: ["r", "w"] }],
  ["an id_token nobody asked for", tokens({ id_token: "no.jwt" }), { accessToken: "at" }],
  ["gzip", compressed(gzipSync(good), "gzip"), { accessToken: "at" }],
  ["brotli", compressed(brotliCompressSync(good), "br"), { accessToken: "at" }],
  [
    "just under 1 MiB",
    text(`${good.slice(0, -1)},"padding":"${"x".repeat(1024 * 1024 - 60)}"}`),
    { accessToken: "at" },
  ],
  [
    "nested tokens",
    json({ data: { user: { token: "nested", type: "bearer", ttl: "60", perms: ["r"] }, rt: "r2" } }),
    { accessToken: "nested", refreshToken: "r2", expiresInSeconds: 60, scopes: ["r"] },
    paths({
      accessToken: "data.user.token",
      tokenType: "data.user.type",
      expiresIn: "data.user.ttl",
      scope: "data.user.perms",
      refreshToken: "data.rt",
    }),
  ],
  [
    "ok: true where errors hide in 200",
    json({ ok: true, access_token: "at" }),
    { accessToken: "at" },
    tokenAnswer({ errorIn200: { field: "ok", success: ["true"], code: "error" } }),
  ],
  [
    "metadata",
    tokens({ team: { id: "T1" }, count: 3 }),
    { metadata: { team: "T1" } },
    {
      metadata: [
        { name: "team", from: "token", path: "team.id" },
        { name: "shop", from: "callback", path: "count" },
      ],
    },
  ],
];

const unreadable: Row[] = [
  ["text/html", text("<html>welcome</html>", "text/html")],
  ["a form from a vendor that sends JSON", text("access_token=at", "application/x-www-form-urlencoded")],
  ["an empty body", text("")],
  ["204", { status: 204 }],
  ["10 MB", text("x".repeat(10 * 1024 * 1024))],
  ["an endless body", { body: "x".repeat(65_536), fault: "endless" }],
  ["bad gzip", compressed(Buffer.from(good), "gzip")],
  ["gzip cut short", compressed(gzipSync(good).subarray(0, 30), "gzip")],
  ["fifty gzips", compressed(gzipSync(good), Array.from({ length: 50 }, () => "gzip").join(", "))],
  ["a truncated content length", { ...text(good), fault: "truncate" }],
  ["chunks without an end", { raw: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"acc\r\n' }],
  [
    "two content lengths",
    { raw: `HTTP/1.1 200 OK\r\ncontent-length: 43\r\ncontent-length: 2\r\n\r\n${good}` },
  ],
  ["no HTTP at all", { raw: "SSH-2.0-OpenSSH\r\n" }],
  ["a reset instead of an answer", { fault: "reset" }],
  ["a close instead of an answer", { raw: "" }],
];

const unusable: Row[] = [
  ["[]", text("[]")],
  ["null", text("null")],
  ["a text", text('"x"')],
  ["{}", text("{}")],
  ["no access_token", json({ token_type: "Bearer" })],
  ["access_token empty", tokens({ access_token: "" })],
  ["access_token a number", tokens({ access_token: 7 })],
  ["access_token an object", tokens({ access_token: { value: "at" } })],
  ["access_token null", tokens({ access_token: null })],
  ["access_token of almost 1 MiB", tokens({ access_token: "x".repeat(1024 * 1024 - 100) })],
  ["access_token with a line break", tokens({ access_token: "a\r\nx: y" })],
  ["access_token with NUL", tokens({ access_token: "a\u0000" })],
  ["access_token of blanks", tokens({ access_token: "  " })],
  ["access_token beyond ASCII", tokens({ access_token: "tökén" })],
  ["token_type mac", tokens({ token_type: "mac" })],
  ["token_type DPoP", tokens({ token_type: "DPoP" })],
  ["token_type N_A", tokens({ token_type: "N_A" })],
  ["token_type a number", tokens({ token_type: 1 })],
  ["refresh_token a number", tokens({ refresh_token: 7 })],
  ["refresh_token an object", tokens({ refresh_token: {} })],
  ["refresh_token with a line break", tokens({ refresh_token: "a\nb" })],
  ["UTF-16", text(Buffer.from(`\ufeff${good}`, "utf16le"))],
  ["latin-1", text(Buffer.from('{"access_token":"at","name":"é"}', "latin1"))],
];

describe.each(CALLS)("%s", (call) => {
  const answered = async (answer: ScriptedAnswer, rules?: Rules): Promise<TokenSet> => {
    provider.script("token", answer);
    return (await callsTo(provider, rules)[call]()) as TokenSet;
  };

  it.each(accepted)("accepts %s", async (_, answer, expected, rules) => {
    const set = await answered(answer, rules);
    for (const [field, value] of Object.entries(expected))
      expect([field, set[field as keyof TokenSet]]).toEqual([field, value]);
  });

  it.each(unreadable)("does not know what happened after %s", async (_, answer, rules) => {
    expect(await failureOf(answered(answer, rules))).toMatchObject({
      class: "outcome_unknown",
      sent: true,
      providerError: "",
    });
  });

  it.each(unusable)("refuses %s", async (_, answer, rules) => {
    expect(await failureOf(answered(answer, rules))).toMatchObject({
      class: "invalid_response",
      httpStatus: 200,
      sent: true,
    });
  });

  it("takes a scope list of almost 1 MiB for none", async () => {
    const set = await answered(tokens({ scope: "scope ".repeat(170_000) }));
    expect(set.scopes).toEqual(call === "exchange" ? ["asked"] : undefined);
  });

  it("takes no scope as those asked for, or as unchanged", async () => {
    for (const answer of [tokens(), tokens({ scope: null }), tokens({ scope: 7 }), tokens({ scope: [1] })])
      expect((await answered(answer)).scopes).toEqual(call === "exchange" ? ["asked"] : undefined);
  });

  it.each<readonly [string, ScriptedAnswer, FailureClass, string]>([
    ["error beside access_token", tokens({ error: "invalid_grant" }), "rejected", "invalid_grant"],
    ["an unknown error beside access_token", tokens({ error: "whatever" }), "client", ""],
    ["server_error in a 200", json({ error: "server_error" }), "transient", "server_error"],
  ])("takes the error path for %s", async (_, answer, failureClass, providerError) => {
    expect(await failureOf(answered(answer))).toMatchObject({
      class: failureClass,
      providerError,
      httpStatus: 200,
    });
  });

  it("cuts a gzip bomb on its inflated size", async () => {
    const bomb = gzipBomb();
    const before = process.memoryUsage().rss;
    expect(await failureOf(answered(bomb))).toMatchObject({ class: "outcome_unknown", httpStatus: 200 });
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
  });

  it("keeps the vendor's own text of the answer", async () => {
    const body = '{"access_token":"at", "id": 12345678901234567890, "id_token":"x.y.z"}';
    expect((await answered(text(body))).raw).toBe(body);
  });

  it("shows nothing of a body that it refuses", async () => {
    const planted = canary("access_token");
    const bodies: readonly ScriptedAnswer[] = [
      tokens({ access_token: `${planted}\n` }),
      tokens({ access_token: planted, refresh_token: 7 }),
      tokens({ access_token: planted, token_type: "mac" }),
      text(`{"access_token":"${planted}"`),
      json({ error: planted, error_description: planted, access_token: planted }, { status: 400 }),
      { status: 401, headers: { "www-authenticate": `Basic realm="${planted}"` } },
      { status: 302, headers: { location: `https://elsewhere.example/?${planted}` } },
    ];
    for (const body of bodies) {
      const failure = await failureOf(answered(body));
      expect(inspect(failure, { depth: 20, showHidden: true }).includes(planted)).toBe(false);
    }
  });
});
