import { Code, type ConnectError, type ContextValues } from "@connectrpc/connect";
import {
  createAsyncIterable,
  encodeEnvelope,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import { BrokerError, invalidField } from "../errors.ts";
import { codeOfName } from "./code-name.ts";
import { requestIdKey } from "./context.ts";
import { toConnectError } from "./errors.ts";

const GRPC_WEB_TRAILER_FLAG = 0b10000000;

const FIELD_OF_JSON_ERROR =
  /cannot decode (?:field|map entry|list item)? ?tokenbroker\.v1\.\w+\.(\w+) from JSON/;

/** What the framework found wrong before any of our code ran, said without quoting the request. */
const reword = (code: Code, message: string): BrokerError => {
  const field = FIELD_OF_JSON_ERROR.exec(message)?.[1];
  if (field !== undefined) return invalidField(field, "the JSON value does not have this field's type");
  switch (code) {
    case Code.ResourceExhausted:
      return new BrokerError(
        "MESSAGE_TOO_LARGE",
        "the message is larger than this method accepts (64 KiB; 512 KiB for ImportToken)",
      );
    case Code.Unimplemented:
      return new BrokerError(
        "NOT_AVAILABLE",
        "this compression or use of the protocol is not supported; gzip, br and identity are",
      );
    default:
      return new BrokerError(
        "INVALID_REQUEST",
        "the request could not be read: check its encoding, its fields' types and its timeout header",
      );
  }
};

const wire = (code: Code, message: string, values: ContextValues): ConnectError => {
  return toConnectError(reword(code, message), values.get(requestIdKey));
};

const readAll = async (body: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const isError = (code: number): boolean => Number.isInteger(code) && code !== 0;

const rewordGrpc = (answer: UniversalServerResponse, values: ContextValues): UniversalServerResponse => {
  const code = Number(answer.trailer?.get("grpc-status") ?? 0);
  if (!isError(code)) return answer;
  const trailer = new Headers();
  setTrailerStatus(
    trailer,
    wire(code, decodeURIComponent(answer.trailer?.get("grpc-message") ?? ""), values),
  );
  return { ...answer, trailer };
};

const rewordGrpcWeb = async (
  answer: UniversalServerResponse,
  values: ContextValues,
): Promise<UniversalServerResponse> => {
  const body = await readAll(answer.body);
  const text = body.toString("latin1");
  const code = Number(/grpc-status: *(\d+)/i.exec(text)?.[1] ?? 0);
  if (!isError(code)) return { ...answer, body: createAsyncIterable([body]) };
  const trailer = new Headers();
  setTrailerStatus(
    trailer,
    wire(code, decodeURIComponent(/grpc-message: *([^\r\n]*)/i.exec(text)?.[1] ?? ""), values),
  );
  return {
    ...answer,
    body: createAsyncIterable([encodeEnvelope(GRPC_WEB_TRAILER_FLAG, trailerSerialize(trailer))]),
  };
};

const rewordConnect = async (
  answer: UniversalServerResponse,
  values: ContextValues,
): Promise<UniversalServerResponse> => {
  const body = await readAll(answer.body);
  if (body.length === 0) return { ...answer, body: createAsyncIterable([]) };
  const { code, message } = JSON.parse(body.toString("utf8")) as { code?: string; message?: string };
  const error = wire(codeOfName(code ?? "") ?? Code.InvalidArgument, message ?? "", values);
  const bytes = errorToJsonBytes(error, undefined);
  const header = new Headers(answer.header);
  header.delete("content-encoding");
  header.set("content-length", String(bytes.byteLength));
  return { status: codeToHttpStatus(error.code), header, body: createAsyncIterable([bytes]) };
};

/**
 * Replaces an error that the framework worded (a body that does not parse, a message too large, an unknown compression) by the contract's form.
 * Its own texts quote what they could not parse, which may be a token.
 */
export const rewordForeignError = async (
  answer: UniversalServerResponse,
  values: ContextValues,
): Promise<UniversalServerResponse> => {
  const type = answer.header?.get("content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return rewordGrpcWeb(answer, values);
  if (type.startsWith("application/grpc")) return rewordGrpc(answer, values);
  return answer.status === 200 ? answer : rewordConnect(answer, values);
};
