/**
 * The broker's RPCs from a client that shares nothing with it: `@grpc/grpc-js`, which reads the contract from the `.proto` files.
 * Fields are in lower camel case, 64-bit numbers are strings, enums are names.
 */
import { join } from "node:path";
import { Client, credentials, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const PROTO_ROOT = join(import.meta.dirname, "../../proto");
const SERVICE = "tokenbroker.v1.TokenBrokerService";
const DEADLINE_MS = 30_000;

export type Message = Record<string, unknown>;

/** `google.protobuf.Timestamp` as this client sees it. */
export interface GrpcTimestamp {
  seconds: string;
  nanos: number;
}

export interface GrpcClient extends Disposable {
  /** Rejects with grpc-js' `ServiceError`: a numeric `code`, `details` and `metadata`. */
  call(method: string, request: object): Promise<Message>;
}

/** `address`: `host:port` of the RPC listener. */
export function createGrpcClient(address: string): GrpcClient {
  const definition = loadSync(
    `${SERVICE.replace(/\.\w+$/, "").replaceAll(".", "/")}/token_broker_service.proto`,
    {
      includeDirs: [PROTO_ROOT],
      longs: String,
      enums: String,
      defaults: true,
    },
  );
  const service = definition[SERVICE] as unknown as Record<string, MethodDefinition<Message, Message>>;
  const client = new Client(address, credentials.createInsecure());
  return {
    call: async (method, request) => {
      const { path, requestSerialize, responseDeserialize } = service[method] ?? unknownMethod(method);
      const { promise, resolve, reject } = Promise.withResolvers<Message>();
      const answered = (error: ServiceError | null, value?: Message) =>
        error ? reject(error) : resolve(value ?? {});
      const options = { deadline: Date.now() + DEADLINE_MS };
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request as Message,
        options,
        answered,
      );
      return promise;
    },
    [Symbol.dispose]: () => client.close(),
  };
}

/** Milliseconds since 1970. */
export function timestampMs(value: unknown): number {
  const { seconds, nanos } = value as GrpcTimestamp;
  return Number(seconds) * 1000 + nanos / 1_000_000;
}

function unknownMethod(method: string): never {
  throw new Error(`${SERVICE} has no method ${method}`);
}
