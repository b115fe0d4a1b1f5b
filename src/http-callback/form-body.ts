import type { IncomingMessage } from "node:http";

export type FormBody =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "too_large" | "unsupported_type" };

/** An authorization response of `form_post` is a code and a few short values. */
const MAX_BODY_BYTES = 64 * 1024;
const FORM_TYPE = /^application\/x-www-form-urlencoded *(?:;|$)/i;

/**
 * The body of a `form_post` response (OAuth 2.0 Form Post Response Mode), at most 64 KiB. Read as Latin-1: a form body is ASCII, and `decodeForm`
 * refuses anything else.
 *
 * @throws the stream's error when the client goes away.
 */
export const readFormBody = async (request: IncomingMessage): Promise<FormBody> => {
  const {
    "content-type": type = "",
    "content-encoding": encoding,
    "content-length": length,
  } = request.headers;
  if (!FORM_TYPE.test(type) || encoding !== undefined) return { kind: "unsupported_type" };
  if (Number(length ?? 0) > MAX_BODY_BYTES) return { kind: "too_large" };
  const chunks: Buffer[] = [];
  let size = 0;
  // A body cut off here must not take its connection along: the answer goes over it.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return { kind: "too_large" };
    chunks.push(chunk);
  }
  return { kind: "text", text: Buffer.concat(chunks).toString("latin1") };
};
