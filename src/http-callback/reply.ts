import type { ServerResponse } from "node:http";
import { contentSecurityPolicy } from "./page-style.ts";
import type { Page } from "./pages.ts";

/** On every answer of this listener. A callback's URL holds a code: it may be stored nowhere and told to nobody. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex",
};

/** Sends a page. To HEAD, Node itself leaves the body out. */
export const sendPage = (
  response: ServerResponse,
  page: Page,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(page.status, {
    ...SECURITY_HEADERS,
    "content-type": "text/html; charset=utf-8",
    "content-length": page.body.length,
    ...headers,
  });
  response.end(page.body);
};

/** A document for programs that keep it for a while. */
export const sendJson = (response: ServerResponse, json: unknown, maxAgeSeconds: number): void => {
  const body = Buffer.from(JSON.stringify(json), "utf8");
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    "cache-control": `public, max-age=${maxAgeSeconds}`,
    "content-type": "application/json",
    "content-length": body.length,
  });
  response.end(body);
};

/** An answer for programs: a status and no page. */
export const sendEmpty = (
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { ...SECURITY_HEADERS, "content-length": 0, ...headers });
  response.end();
};

/** 303: whatever the method was, the browser follows with GET and without a body (RFC 9110 section 15.4.4). */
export const sendRedirect = (response: ServerResponse, location: string): void =>
  sendEmpty(response, 303, { location });
