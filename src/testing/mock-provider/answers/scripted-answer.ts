import { gzipSync } from "node:zlib";

/** One scripted answer. Without `body`, `json`, `raw`, `own` or a fault it is an empty 200. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The body's bytes. Sent with a right Content-Length unless a fault says otherwise. */
  readonly body?: string | Uint8Array;
  /** The body as JSON, with `application/json` unless `headers` says otherwise. */
  readonly json?: unknown;
  /** Written to the socket instead of an HTTP answer; then the socket is closed. */
  readonly raw?: string | Uint8Array;
  /** Waits so long before anything is done; who has gone by then is not noticed. */
  readonly waitMs?: number;
  /** Waits so long after the deed, before the answer. */
  readonly delayMs?: number;
  /** Sends the body in pieces of this many bytes, each after `paceMs`. */
  readonly chunkBytes?: number;
  readonly paceMs?: number;
  /**
   * `hang`: the request is read and never answered. `stall`: headers and half of the body, then silence. `reset`: the socket is destroyed. `truncate`:
   * Content-Length promises 100 bytes more than come. `endless`: `body` again and again.
   */
  readonly fault?: "hang" | "stall" | "reset" | "truncate" | "endless";
  /** Do what the request asks first (spend the code, rotate the token) and then answer like this: the answer is lost, the deed is not. */
  readonly afterProcessing?: boolean;
  /** The server's own answer, after the deed, with the other fields laid over it: a slow, dripping or cut truth. */
  readonly own?: boolean;
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

/** Whether what the request asks for is done before this answer is sent. */
export const isProcessed = ({ own, afterProcessing }: ScriptedAnswer): boolean =>
  own === true || afterProcessing === true;

/** What the log calls it: the fault, else the status. */
export const nameOfAnswer = ({ fault, raw, own, status }: ScriptedAnswer): string => {
  if (fault !== undefined) return fault;
  if (raw !== undefined) return "raw";
  return own && status === undefined ? "own" : String(status ?? 200);
};
