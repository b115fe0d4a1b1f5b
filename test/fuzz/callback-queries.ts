import fc from "fast-check";
import { expect } from "vitest";
import { getRaw, type RawAnswer, sendRaw } from "../http-callback/raw-request.ts";
import type { AcmeApp } from "../server/acme-app.ts";
import { canariesIn, canary } from "../support/canaries.ts";
import { cases, nastyText } from "./cases.ts";

const NAMES = [
  "state",
  "code",
  "error",
  "error_description",
  "iss",
  "scope",
  "session_state",
  "state[]",
  "STATE",
  "x",
];

const secret = canary("callback_value");

const pair = fc.tuple(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: nastyText }),
  fc.oneof(nastyText, fc.constant(secret), fc.base64String({ minLength: 43, maxLength: 64 })),
);

const encoded = fc
  .array(pair, { maxLength: 6 })
  .map((pairs) => pairs.map((both) => both.map(encodeLoosely).join("=")).join("&"));

/** Lone surrogates have no encoding. */
const encodeLoosely = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Whatever fits into a request line. */
const raw = fc
  .array(
    fc.oneof(fc.constantFrom("state=", "&", "=", "%", "+", ";", "?", "#", "%00", "%ff", secret), nastyText),
  )
  .map((parts) =>
    parts
      .join("")
      .replaceAll(/[^\x21-\xff]/g, "")
      .slice(0, 2000),
  );

const PATHS = [
  "/connect/callback/acme",
  "/connect/callback/other/acme",
  "/connect/callback/",
  "/connect/callback/mcp/x",
  "/connect/login/callback/people",
  "/connect/callback/__proto__",
];

/** RFC 9110 statuses that speak of the request. A redirect would lead somebody somewhere. */
const REFUSALS = [400, 404, 405, 408, 411, 413, 414, 415, 417, 431];

const expectRefusal = ({ status, headers, text }: RawAnswer): void => {
  expect(REFUSALS).toContain(status);
  expect(headers.get("location")).toBeNull();
  expect(canariesIn(text)).toEqual([]);
};

const portOf = ({ broker }: AcmeApp): number => Number(new URL(broker.httpUrl).port);

/** Nothing that no flow has begun with is redeemed, reflected or redirected. */
export const fuzzCallbacks = async (app: AcmeApp, count: number): Promise<void> => {
  const begun = app.provider.requestsTo("token").length;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PATHS), fc.oneof(encoded, raw), async (path, query) =>
      expectRefusal(await getRaw(portOf(app), `${path}?${query}`)),
    ),
    cases(count),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PATHS), fc.oneof(encoded, raw), async (path, body) => {
      const head = [
        `POST ${path} HTTP/1.1`,
        "Host: localhost",
        "Connection: close",
        "Content-Type: application/x-www-form-urlencoded",
        `Content-Length: ${body.length}`,
      ];
      expectRefusal(await sendRaw(portOf(app), `${head.join("\r\n")}\r\n\r\n${body}`));
    }),
    cases(count),
  );
  expect(app.provider.requestsTo("token").length).toBe(begun);
};
