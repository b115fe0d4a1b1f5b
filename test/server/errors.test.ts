import { randomUUID } from "node:crypto";
import { ConnectError } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../gen/ts/google/rpc/error_details_pb.ts";
import { transportNames } from "../support/app.ts";
import { json, oauthError } from "../support/provider.ts";
import { useAcmeApp } from "./acme-app.ts";
import { post, type RpcAnswer } from "./rpc-calls.ts";
import { validRequest } from "./rpc-requests.ts";

const app = useAcmeApp();

const call = (rpc: string, changes: Readonly<Record<string, unknown>> = {}): Promise<RpcAnswer> =>
  post(app.broker.rpcUrl, rpc, validRequest(rpc, changes));

const PAST = "2020-01-01T00:00:00Z";

/** A connection whose token has ended, with a refresh token unless told otherwise. */
const expiredConnection = async (changes: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const connectionId = randomUUID();
  const { refreshToken } = app.provider.grants.open({ clientId: "client", scopes: ["read"] });
  const answer = await call("ImportToken", { connectionId, refreshToken, expiresAt: PAST, ...changes });
  expect(answer.code).toBe("ok");
  return connectionId;
};

const metricOf = (rpc: string, code: string): Promise<number> =>
  fetch(`${app.broker.telemetryUrl}/metrics`)
    .then((response) => response.text())
    .then((text) =>
      Number(new RegExp(`rpc_calls_total\\{method="${rpc}",code="${code}"\\} (\\d+)`).exec(text)?.[1] ?? 0),
    );

afterEach(() => app.provider.always("token", undefined));

describe.each(transportNames)("over %s an error says", (transport) => {
  const failureOf = async (answer: Promise<unknown>): Promise<ConnectError> => {
    const outcome = await answer.then(
      () => new Error("the call was answered"),
      (error: unknown) => error,
    );
    return ConnectError.from(outcome);
  };

  it("what is wrong, field by field", async () => {
    const error = await failureOf(app.broker.client(transport).getToken({}));
    const [info] = error.findDetails(ErrorInfoSchema);
    expect(info).toMatchObject({ reason: "INVALID_REQUEST", domain: "tokenbroker", metadata: {} });
    const [request] = error.findDetails(BadRequestSchema);
    expect(request?.fieldViolations.map(({ field }) => field)).toEqual([
      "connection_id",
      "user_id",
      "provider",
    ]);
    expect(error.findDetails(RetryInfoSchema)).toEqual([]);
  });

  it("when to try again", async () => {
    const connectionId = await expiredConnection();
    app.provider.always("token", { status: 503, headers: { "retry-after": "7" } });
    const request = { connectionId, userId: "user-1", provider: "acme" };
    const error = await failureOf(app.broker.client(transport).getToken(request));
    expect(error.findDetails(ErrorInfoSchema)[0]?.reason).toBe("PROVIDER_UNAVAILABLE");
    const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
    const retryMs = Number(delay?.seconds) * 1000 + (delay?.nanos ?? 0) / 1e6;
    // What the provider asked for, and some jitter.
    expect(retryMs).toBeGreaterThan(6500);
    expect(retryMs).toBeLessThan(15_000);
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe(String(Math.ceil(retryMs)));
    expect(error.findDetails(BadRequestSchema)).toEqual([]);
  });
});

/** How a call fails, and what its error must say: Connect's code, the reason, metadata that must be there. */
const FAILURES: readonly {
  readonly reason: string;
  readonly code: string;
  readonly status: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly make: () => Promise<RpcAnswer>;
}[] = [
  { reason: "CONNECTION_NOT_FOUND", code: "not_found", status: 404, make: () => call("GetConnection") },
  { reason: "AUTHORIZATION_NOT_FOUND", code: "not_found", status: 404, make: () => call("GetAuthorization") },
  {
    reason: "PROVIDER_NOT_FOUND",
    code: "not_found",
    status: 404,
    metadata: { missing: expect.stringContaining("CONNECT_SLACK_CLIENT_SECRET") as string },
    make: () => call("StartAuthorization", { provider: "slack" }),
  },
  {
    reason: "TICKET_REJECTED",
    code: "permission_denied",
    status: 403,
    make: () => call("CompleteAuthorization"),
  },
  {
    reason: "REDIRECT_URI_NOT_ALLOWED",
    code: "invalid_argument",
    status: 400,
    metadata: { variable: "CONNECT_REDIRECT_ALLOW_HOSTS", item: "app.example" },
    make: () => call("StartAuthorization", { redirectUri: "https://app.example/done" }),
  },
  {
    reason: "EGRESS_DENIED",
    code: "failed_precondition",
    status: 400,
    metadata: { rule: "probe", mcp_server_url: "https://10.0.0.1/mcp" },
    make: () => call("StartAuthorization", { provider: "", mcpServerUrl: "https://10.0.0.1/mcp" }),
  },
  {
    reason: "CONNECTION_ALREADY_EXISTS",
    code: "already_exists",
    status: 409,
    make: async () => call("ImportToken", { connectionId: await expiredConnection() }),
  },
  {
    reason: "PROVIDER_ALREADY_EXISTS",
    code: "already_exists",
    status: 409,
    metadata: { provider: "acme" },
    make: () => call("RegisterProvider", { name: "acme" }),
  },
  {
    reason: "VERSION_MISMATCH",
    code: "failed_precondition",
    status: 400,
    make: () => call("ImportToken", { replaceVersion: "1" }),
  },
  {
    reason: "EXPIRED_NOT_REFRESHABLE",
    code: "failed_precondition",
    status: 400,
    make: async () => call("GetToken", { connectionId: await expiredConnection({ refreshToken: "" }) }),
  },
  {
    reason: "REAUTHORIZATION_REQUIRED",
    code: "failed_precondition",
    status: 400,
    make: async () => {
      app.provider.always("token", oauthError("invalid_grant"));
      return call("GetToken", { connectionId: await expiredConnection() });
    },
  },
  {
    reason: "PROVIDER_MISCONFIGURED",
    code: "failed_precondition",
    status: 400,
    metadata: { cause: "client_refused" },
    make: async () => {
      app.provider.always("token", oauthError("invalid_client", 401));
      return call("ImportToken", { refreshToken: "r", verify: true });
    },
  },
  {
    reason: "MISSING_SCOPES",
    code: "failed_precondition",
    status: 400,
    metadata: { missing_scopes: "write admin" },
    make: async () => {
      const connectionId = await expiredConnection({ expiresAt: undefined, scopes: ["read"] });
      return call("GetToken", { connectionId, requiredScopes: ["write", "read", "admin"] });
    },
  },
  {
    reason: "PROVIDER_IN_USE",
    code: "failed_precondition",
    status: 400,
    metadata: { count: "1" },
    make: async () => {
      const name = `p-${randomUUID().slice(0, 8)}`;
      await call("RegisterProvider", { name });
      await call("ImportToken", { provider: name });
      return call("DeleteProvider", { name });
    },
  },
  {
    reason: "MESSAGE_TOO_LARGE",
    code: "resource_exhausted",
    status: 429,
    make: () => call("GetToken", { padding: "x".repeat(70_000) }),
  },
];

it.each(FAILURES)("$reason is told as $code", async ({ reason, code, status, metadata = {}, make }) => {
  const answer = await make();
  expect([answer.code === "ok" ? answer.text : answer.error.reason, answer.code, answer.status]).toEqual([
    reason,
    code,
    status,
  ]);
  const { error } = answer;
  expect(error.domain).toBe("tokenbroker");
  expect(error.metadata).toMatchObject(metadata);
  expect(error.message).not.toBe("");
  expect(error.retryMs).toBeUndefined();
  expect(answer.headers.get("grpc-retry-pushback-ms")).toBeNull();
  expect(error.fields.length > 0).toBe(code === "invalid_argument");
});

it("an answer of the provider never reaches the caller", async () => {
  const text = `vendor-text-${randomUUID()}`;
  app.provider.always("token", json({ error: text, error_description: text }, { status: 400 }));
  const answer = await call("GetToken", { connectionId: await expiredConnection() });
  expect(answer.code).not.toBe("ok");
  expect(answer.text).not.toContain(text);
  expect(JSON.stringify(app.broker.logLines)).not.toContain(text);
});

describe("what the broker itself cannot do", () => {
  it("is internal, and the log has it under the answer's request id", async () => {
    const connectionId = await expiredConnection({ expiresAt: undefined });
    const { sql } = app.database;
    await sql.run("", "update connection_tokens set access_token = 'x' where connection_id = $1", [
      connectionId,
    ]);
    const { error, status } = await call("GetToken", { connectionId });
    expect([status, error.code, error.reason]).toEqual([500, "internal", "KEY_UNAVAILABLE"]);
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const line = app.broker.logLines.find(
      ({ level, request_id }) => level === "error" && request_id === error.requestId,
    );
    expect(line).toMatchObject({ event: "call failed", method: "GetToken", reason: "KEY_UNAVAILABLE" });
  });

  it("is counted", async () => {
    expect(await metricOf("GetToken", "internal")).toBe(1);
  });
});
