/** The broker's RPCs as Connect JSON over plain HTTP: what `curl` does. Messages are protobuf's JSON. */
import { TokenBrokerAdminService } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";

const SERVICES = [TokenBrokerService, TokenBrokerLoginService, TokenBrokerAdminService];

const serviceOf = (method: string): string => {
  const service = SERVICES.find(({ methods }) => methods.some(({ name }) => name === method));
  return (service ?? TokenBrokerService).typeName;
};

/** What an RPC answered instead of a message. */
export class ConnectJsonError extends Error {
  readonly status: number;
  /** Connect's code, such as `not_found`. */
  readonly code: string;
  readonly details: readonly unknown[];

  constructor(
    method: string,
    status: number,
    body: { code?: string; message?: string; details?: unknown[] },
  ) {
    super(`${method} answered ${body.code ?? `HTTP ${status}`}: ${body.message ?? ""}`);
    this.name = "ConnectJsonError";
    this.status = status;
    this.code = body.code ?? "";
    this.details = body.details ?? [];
  }
}

/** Calls one method. Throws `ConnectJsonError` for every answer that is not a message. */
export async function callConnectJson(
  rpcUrl: string,
  method: string,
  request: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(`${rpcUrl}/${serviceOf(method)}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
  const body = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
  if (!response.ok) {
    throw new ConnectJsonError(method, response.status, body);
  }
  return body;
}
