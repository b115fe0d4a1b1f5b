/** The broker's RPCs as Connect JSON over plain HTTP: what `curl` does. Messages are protobuf's JSON. */

const SERVICE = "tokenbroker.v1.TokenBrokerService";

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
  const response = await fetch(`${rpcUrl}/${SERVICE}/${method}`, {
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
