/** HTTP/2 (RFC 9113) byte by byte: what no client library would send. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, continuation: 9 } as const;
export const FLAG = { endStream: 0x1, endHeaders: 0x4 } as const;

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const frame = (
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
};

/** Header fields as literals without indexing (RFC 7541 section 6.2.2), each shorter than 127 bytes. */
export const headerBlock = (fields: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );

export interface RawHttp2 extends AsyncDisposable {
  readonly socket: Socket;
  /** The server ended the connection. */
  readonly closed: boolean;
  write(bytes: Buffer): void;
}

/** A connection with the preface and empty settings sent; what the server says is thrown away. */
export const openRawHttp2 = async (address: string): Promise<RawHttp2> => {
  const [host = "", port = ""] = address.split(":");
  const socket = connect(Number(port), host);
  let closed = false;
  socket.on("error", () => {});
  socket.on("close", () => (closed = true));
  socket.resume();
  await once(socket, "connect");
  socket.write(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0)]));
  return {
    socket,
    get closed() {
      return closed;
    },
    write: (bytes) => void (closed || socket.write(bytes)),
    [Symbol.asyncDispose]: async () => {
      if (!closed) {
        socket.destroy();
        await once(socket, "close");
      }
    },
  };
};
