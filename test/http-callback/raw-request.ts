import { connect } from "node:net";

export interface RawAnswer {
  /** 0 = the connection ended without an answer. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Everything as it came. */
  readonly text: string;
}

/** Writes the bytes to a socket and reads until the server closes it: no client library in between that would repair what is sent. */
export const sendRaw = async (port: number, text: string): Promise<RawAnswer> => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  const finish = (): void => resolve(Buffer.concat(chunks).toString("latin1"));
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("close", finish);
  socket.on("error", finish);
  socket.write(text, "latin1");
  return parseAnswer(await promise);
};

/** A GET with this request target, exactly as it stands. */
export const getRaw = (port: number, target: string, headers: readonly string[] = []): Promise<RawAnswer> =>
  sendRaw(
    port,
    [`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", ""].join("\r\n"),
  );

const parseAnswer = (text: string): RawAnswer => {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, Math.max(0, end)).split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
  return { status: Number(statusLine.split(" ")[1] ?? 0), headers, body: text.slice(end + 4), text };
};
