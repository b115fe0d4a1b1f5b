import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type ConnectError, type ContextValues } from "@connectrpc/connect";
import {
  createAsyncIterable,
  encodeEnvelope,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerParse, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { codeOfName } from "./code-name.ts";
import { requestIdKey } from "./context.ts";
import { toConnectError } from "./errors.ts";
import { rewordRefusal } from "./refusals.ts";

/** The answer in the contract's words, and the code it ends with; no code = the answer was no error. */
export interface Reworded {
  readonly answer: UniversalServerResponse;
  readonly code?: Code;
}

/** From the framework's code and text to the contract's error. */
type Reword = (code: Code, message: string) => ConnectError;

/**
 * Replaces an error that the framework worded (a body that does not parse, a message too large, an unknown compression) by the contract's form.
 * Its own texts quote what they could not parse, which may be a token.
 */
export const rewordForeignError = async (
  answer: UniversalServerResponse,
  method: DescMethod,
  values: ContextValues,
): Promise<Reworded> => {
  const reword: Reword = (code, message) =>
    toConnectError(rewordRefusal(code, message, method, values), values.get(requestIdKey));
  const type = answer.header?.get("content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return rewordGrpcWeb(answer, reword);
  if (type.startsWith("application/grpc")) return rewordGrpc(answer, reword);
  return rewordConnect(answer, reword);
};

const rewordGrpc = (answer: UniversalServerResponse, reword: Reword): Reworded => {
  const error = errorOfTrailer(answer.trailer, reword);
  return error ? { answer: { ...answer, trailer: statusTrailer(error) }, code: error.code } : { answer };
};

const TRAILER_FLAG = 0b10000000;
const COMPRESSED_FLAG = 0b00000001;
const FRAME_HEAD_BYTES = 5;

/** gRPC-Web keeps the trailer in the body, as its last frame; with an error it is the only one. */
const rewordGrpcWeb = async (answer: UniversalServerResponse, reword: Reword): Promise<Reworded> => {
  const body = await readAll(answer.body);
  const flags = body[0] ?? 0;
  const frame = body.subarray(FRAME_HEAD_BYTES);
  const encoding = flags & COMPRESSED_FLAG ? answer.header?.get("grpc-encoding") : undefined;
  const trailer = flags & TRAILER_FLAG ? trailerParse(inflate(frame, encoding)) : undefined;
  const error = errorOfTrailer(trailer, reword);
  if (!error) return { answer: { ...answer, body: createAsyncIterable([body]) } };
  const bytes = encodeEnvelope(TRAILER_FLAG, trailerSerialize(statusTrailer(error)));
  return { answer: { ...answer, body: createAsyncIterable([bytes]) }, code: error.code };
};

const errorOfTrailer = (trailer: Headers | undefined, reword: Reword): ConnectError | undefined => {
  const code = Number(trailer?.get("grpc-status") ?? 0);
  return code === 0 ? undefined : reword(code, decodeURIComponent(trailer?.get("grpc-message") ?? ""));
};

const statusTrailer = (error: ConnectError): Headers => {
  const trailer = new Headers();
  setTrailerStatus(trailer, error);
  return trailer;
};

const rewordConnect = async (answer: UniversalServerResponse, reword: Reword): Promise<Reworded> => {
  if (answer.status === 200) return { answer };
  const body = await readAll(answer.body);
  // 405 and 415 have no body: nothing of a message was looked at.
  if (body.length === 0) return { answer: { ...answer, body: createAsyncIterable([]) } };
  const text = inflate(body, answer.header?.get("content-encoding")).toString("utf8");
  const { code, message } = JSON.parse(text) as { code?: string; message?: string };
  const error = reword(codeOfName(code ?? "") ?? Code.InvalidArgument, message ?? "");
  const bytes = errorToJsonBytes(error, undefined);
  const header = new Headers(answer.header);
  header.delete("content-encoding");
  header.set("content-length", String(bytes.byteLength));
  return {
    answer: { status: codeToHttpStatus(error.code), header, body: createAsyncIterable([bytes]) },
    code: error.code,
  };
};

const readAll = async (body: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** The framework compresses long errors, as it does long answers. */
const inflate = (bytes: Buffer, encoding: string | null | undefined): Buffer => {
  if (encoding === "gzip") return gunzipSync(bytes);
  return encoding === "br" ? brotliDecompressSync(bytes) : bytes;
};
