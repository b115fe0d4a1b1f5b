/** HTTP/2 requests with exactly these headers and bytes, and all that came back. */
import { once } from "node:events";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { recordOutput } from "../support/canaries.ts";

export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Http2Request {
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** Default true. False leaves the request unfinished. */
  readonly end?: boolean;
}

/** One connection; `using session = openHttp2(address)`. */
export interface Http2Connection extends Disposable {
  send(request: Http2Request): Promise<Http2Answer>;
}

export const openHttp2 = (authority: string): Http2Connection => {
  const session = connect(`http://${authority}`);
  session.on("error", () => {});
  return { send: (request) => sendOn(session, request), [Symbol.dispose]: () => session.destroy() };
};

/** One request on a connection of its own. */
export const sendHttp2 = async (authority: string, request: Http2Request): Promise<Http2Answer> => {
  using connection = openHttp2(authority);
  return await connection.send(request);
};

const sendOn = async (
  session: ClientHttp2Session,
  { path, headers = {}, body = "", end = true }: Http2Request,
): Promise<Http2Answer> => {
  const stream = session.request({ ":method": "POST", ":path": path, ...headers }, { endStream: false });
  stream.on("error", () => {});
  const chunks: Buffer[] = [];
  let trailers = {};
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("trailers", (received) => (trailers = received));
  const ended = once(stream, "end");
  if (end) stream.end(body);
  else stream.write(body);
  const [received] = (await once(stream, "response")) as [Record<string, string | number>];
  await ended;
  const answer = Buffer.concat(chunks);
  recordOutput(`answers of ${path}`, JSON.stringify([received, trailers, answer.toString("latin1")]));
  return {
    status: Number(received[":status"]),
    headers: received as Record<string, string>,
    trailers,
    body: answer,
  };
};

/** A message as gRPC frames it. */
export const grpcFrame = (message: string | Uint8Array, flags = 0): Buffer => {
  const bytes = Buffer.from(message);
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};
