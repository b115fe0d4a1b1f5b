/** RPCs as a program without any client library sends them: Connect's unary POST, and answers read by the contract alone. */
import { Buffer } from "node:buffer";
import { type DescMessage, type DescMethod, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "../../gen/ts/google/rpc/error_details_pb.ts";
import { TokenBrokerAdminService } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { recordOutput } from "../support/canaries.ts";

const SERVICES = [TokenBrokerService, TokenBrokerLoginService, TokenBrokerAdminService];

const METHODS = SERVICES.flatMap(({ methods }) => methods);
/** Every unary RPC, by its descriptor: a new one takes part in every matrix. Streams have tests of their own (test/watching). */
export const rpcNames: readonly string[] = METHODS.filter(({ methodKind }) => methodKind === "unary").map(
  ({ name }) => name,
);

export const rpcMethod = (name: string): DescMethod => {
  const method = METHODS.find((candidate) => candidate.name === name);
  if (!method) throw new Error(`no RPC ${name}`);
  return method;
};

const serviceOf = (name: string): (typeof SERVICES)[number] =>
  SERVICES.find(({ methods }) => methods.some((method) => method.name === name)) ?? TokenBrokerService;

/** Of a name that no RPC has as well. */
export const rpcPath = (name: string): string => `/${serviceOf(name).typeName}/${name}`;

/** The row of an RPC in a table that must have one for each. */
export const rowOf = <T>(table: Readonly<Record<string, T>>, rpc: string): T => {
  const row = table[rpc];
  if (row === undefined) throw new Error(`the table has no row for ${rpc}: a new RPC needs one`);
  return row;
};

export interface RpcError {
  readonly code: string;
  readonly message: string;
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields of `BadRequest`. */
  readonly fields: readonly string[];
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  /** Of `RetryInfo`. */
  readonly retryMs: number | undefined;
  /** Of `RequestInfo`. */
  readonly requestId: string | undefined;
}

export interface RpcAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The message, or what is there of one. */
  readonly json: Readonly<Record<string, unknown>>;
  /** `ok`, or the error's code. */
  readonly code: string;
  /** Throws when the call was answered. */
  readonly error: RpcError;
}

export type RpcBody = string | Uint8Array<ArrayBuffer> | object;

/** Posts a message: an object as JSON, text and bytes as they are. What comes back is searched for secrets at the end of the run. */
export const post = async (
  rpcUrl: string,
  rpc: string,
  body: RpcBody,
  headers: Readonly<Record<string, string>> = {},
): Promise<RpcAnswer> => {
  const response = await fetch(rpcUrl + rpcPath(rpc), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return answerOf(rpc, response.status, response.headers, await response.text());
};

/** An answer as it came, read by the contract. */
export const answerOf = (rpc: string, status: number, headers: Headers, text: string): RpcAnswer => {
  const isOk = status >= 200 && status < 300;
  if (!isOk) recordOutput(`errors of ${rpc}`, text);
  const json = (text.startsWith("{") ? JSON.parse(text) : {}) as Readonly<Record<string, unknown>>;
  return {
    status,
    headers,
    text,
    json,
    code: isOk ? "ok" : ((json["code"] as string | undefined) ?? `HTTP ${status}`),
    get error() {
      if (isOk) throw new Error(`${rpc} was answered: ${text}`);
      return errorOf(json as unknown as WireError);
    },
  };
};

interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

const errorOf = ({ code, message, details = [] }: WireError): RpcError => {
  const detail = <D extends DescMessage>(schema: D): MessageShape<D> | undefined => {
    const found = details.find(({ type }) => type === schema.typeName);
    return found && fromBinary(schema, Buffer.from(found.value, "base64"));
  };
  const info = detail(ErrorInfoSchema);
  const delay = detail(RetryInfoSchema)?.retryDelay;
  const violations = (detail(BadRequestSchema)?.fieldViolations ?? []).map(({ field, description }) => ({
    field,
    description,
  }));
  return {
    code,
    message,
    reason: info?.reason ?? "",
    domain: info?.domain ?? "",
    metadata: info?.metadata ?? {},
    fields: violations.map(({ field }) => field),
    violations,
    retryMs: delay && Number(delay.seconds) * 1000 + delay.nanos / 1_000_000,
    requestId: detail(RequestInfoSchema)?.requestId,
  };
};
