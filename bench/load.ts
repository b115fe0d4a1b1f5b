/** The load: one HTTP/2 connection, a fixed number of streams that each send the next call when the last one is answered. */
import { once } from "node:events";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";

export type Protocol = "connect" | "grpc" | "none";

export interface Call {
  protocol: Protocol;
  path: string;
  /** The request message, without any protocol's frame. */
  message: Uint8Array;
}

export interface Load {
  /** Calls at a time. */
  streams: number;
  durationMs: number;
}

/** How many calls were answered; throws at the first one that is not a success. */
export async function applyLoad(origin: string, call: Call, load: Load): Promise<number> {
  const session = connect(origin);
  await once(session, "connect");
  const request = { headers: headersOf(call), body: bodyOf(call), protocol: call.protocol };
  const end = performance.now() + load.durationMs;
  let calls = 0;
  const stream = async (): Promise<void> => {
    while (performance.now() < end) {
      await callOnce(session, request);
      calls += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: load.streams }, stream));
  } finally {
    session.close();
  }
  return calls;
}

interface PreparedCall {
  headers: OutgoingHttpHeaders;
  body: Buffer;
  protocol: Protocol;
}

function callOnce(session: ClientHttp2Session, { headers, body, protocol }: PreparedCall): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status: unknown;
    let grpcStatus: unknown;
    stream.on("response", (answer) => {
      status = answer[":status"];
      grpcStatus = answer["grpc-status"];
    });
    stream.on("trailers", (trailers) => {
      grpcStatus = trailers["grpc-status"];
    });
    stream.on("error", reject);
    stream.on("end", () => {
      const failed = status !== 200 || (protocol === "grpc" && grpcStatus !== "0");
      if (failed) {
        reject(
          new Error(`${String(headers[":path"])}: HTTP ${String(status)}, grpc-status ${String(grpcStatus)}`),
        );
      } else {
        resolve();
      }
    });
    stream.resume();
    stream.end(body);
  });
}

function headersOf({ protocol, path }: Call): OutgoingHttpHeaders {
  const own = {
    connect: { "content-type": "application/proto", "connect-protocol-version": "1" },
    grpc: { "content-type": "application/grpc", te: "trailers" },
    none: { "content-type": "application/octet-stream" },
  };
  return { ":method": "POST", ":path": path, ...own[protocol] };
}

/** gRPC puts a flag and a length of four bytes before each message. */
function bodyOf({ protocol, message }: Call): Buffer {
  if (protocol !== "grpc") {
    return Buffer.from(message);
  }
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
