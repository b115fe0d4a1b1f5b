import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

/** One scripted answer. Without `body`, `json`, `raw` or a fault it is an empty 200. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The body's bytes. Sent with a right Content-Length unless a fault says otherwise. */
  readonly body?: string | Uint8Array;
  /** The body as JSON, with `application/json` unless `headers` says otherwise. */
  readonly json?: unknown;
  /** Written to the socket instead of an HTTP answer; then the socket is closed. */
  readonly raw?: string | Uint8Array;
  readonly delayMs?: number;
  /** Sends the body in pieces of this many bytes, each after `paceMs`. */
  readonly chunkBytes?: number;
  readonly paceMs?: number;
  /**
   * `hang`: the request is read and never answered. `reset`: the socket is destroyed. `truncate`: Content-Length promises 100 bytes more than come.
   * `endless`: `body` again and again.
   */
  readonly fault?: "hang" | "reset" | "truncate" | "endless";
  /** Do what the request asks first (spend the code, rotate the token) and then answer like this: the answer is lost, the deed is not. */
  readonly afterProcessing?: boolean;
}

export const json = (body: unknown, more: Partial<ScriptedAnswer> = {}): ScriptedAnswer => ({
  json: body,
  ...more,
});

export const oauthError = (
  error: string,
  status = 400,
  headers: Record<string, string> = {},
): ScriptedAnswer => ({
  status,
  headers,
  json: { error },
});

export const redirectTo = (location: string, status = 302): ScriptedAnswer => ({
  status,
  headers: { location },
});

const MEBIBYTE = 1024 * 1024;

/** A few hundred kilobytes that unpack to 300 MiB of blanks: gzip members one after another (RFC 1952 section 2.2). */
export const gzipBomb = (mebibytes = 300): ScriptedAnswer => {
  const member = gzipSync(Buffer.alloc(MEBIBYTE, " "), { level: 9 });
  return {
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: Buffer.concat(Array.from({ length: mebibytes }, () => member)),
  };
};

/** Sends a scripted answer. Resolves when it is sent, or never for `hang`. */
export const sendScripted = async (
  response: ServerResponse,
  answer: ScriptedAnswer,
  signal: AbortSignal,
): Promise<void> => {
  if (answer.delayMs !== undefined) await sleep(answer.delayMs, undefined, { signal }).catch(() => undefined);
  if (answer.fault === "hang") return;
  if (answer.fault === "reset") response.socket?.resetAndDestroy();
  else if (answer.raw === undefined) await sendHttp(response, answer, signal);
  else response.socket?.end(answer.raw);
};

const sendHttp = async (
  response: ServerResponse,
  answer: ScriptedAnswer,
  signal: AbortSignal,
): Promise<void> => {
  const body = Buffer.from(answer.json === undefined ? (answer.body ?? "") : JSON.stringify(answer.json));
  const length = answer.fault === "truncate" ? body.length + 100 : body.length;
  response.writeHead(answer.status ?? 200, {
    ...(answer.json === undefined ? {} : { "content-type": "application/json" }),
    ...(answer.fault === "endless" ? {} : { "content-length": String(length) }),
    ...answer.headers,
  });
  if (answer.fault === "endless") return await sendForEver(response, body);
  await sendPaced(response, body, answer, signal);
  if (answer.fault === "truncate") response.socket?.destroySoon();
  else response.end();
};

const sendPaced = async (
  response: ServerResponse,
  body: Buffer,
  { chunkBytes = body.length, paceMs = 0 }: ScriptedAnswer,
  signal: AbortSignal,
): Promise<void> => {
  for (let start = 0; start < body.length && !response.destroyed; start += chunkBytes) {
    if (paceMs > 0) await sleep(paceMs, undefined, { signal }).catch(() => undefined);
    response.write(body.subarray(start, start + chunkBytes));
  }
};

const sendForEver = async (response: ServerResponse, body: Buffer): Promise<void> => {
  const closed = once(response, "close");
  while (!response.destroyed) {
    if (response.write(body)) continue;
    const drained = new AbortController();
    await Promise.race([once(response, "drain", { signal: drained.signal }), closed]);
    drained.abort();
  }
};
