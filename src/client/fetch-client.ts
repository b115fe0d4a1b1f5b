import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalClientFn } from "@connectrpc/connect/protocol";

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/**
 * Connect's view of `fetch`. The request's body is sent in one piece: many runtimes cannot stream one over HTTP/1.1, and no call of this client has more
 * than one message to send.
 */
export const createFetchClient =
  (fetch: Fetch): UniversalClientFn =>
  async ({ url, method, header, body, signal }) => {
    const bytes = body && (await collect(body));
    const response = await fetch(url, {
      method,
      headers: header,
      // Never followed: an answer of somebody else must not be taken for the broker's. Not every runtime knows "error".
      redirect: "manual",
      ...(bytes && { body: bytes }),
      ...(signal && { signal }),
    }).catch((reason: unknown) => {
      signal?.throwIfAborted();
      throw new ConnectError("the broker cannot be reached", Code.Unavailable, undefined, undefined, reason);
    });
    return {
      status: response.status,
      header: response.headers,
      body: chunksOf(response),
      trailer: new Headers(),
    };
  };

const collect = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
};

/** Not every browser can iterate a stream. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await read(reader);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** An answer that breaks off is the connection's fault. */
const read = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
  try {
    return await reader.read();
  } catch (reason) {
    if (reason instanceof Error && reason.name === "AbortError") throw reason;
    throw new ConnectError(
      "the connection to the broker broke",
      Code.Unavailable,
      undefined,
      undefined,
      reason,
    );
  }
};
