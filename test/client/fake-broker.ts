/** A broker in memory that says what a test wants, for what a real one does too seldom. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/ts/google/rpc/status_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import {
  type GetTokenRequest,
  type GetTokenResponse,
  GetTokenResponseSchema,
  type TokenResultSchema,
  type WatchTokensRequest,
  type WatchTokensResponseSchema,
} from "../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { TokenRequest } from "../../src/client/index.ts";

export const CONNECTION: TokenRequest = {
  connectionId: "7d9f2c1e-5b1a-4c59-9a8e-0f6f5d1c2b3a",
  userId: "ada",
  provider: "acme",
};

export const API = "https://api.acme.example";

export interface TokenFacts {
  readonly version?: bigint;
  /** From now; null = it does not end. Default an hour. */
  readonly expiresInMs?: number | null;
  /** From now; null = ask every time. Default 55 minutes. */
  readonly refreshInMs?: number | null;
  readonly allowedOrigins?: readonly string[];
  readonly headerName?: string;
}

export const token = (facts: TokenFacts = {}): GetTokenResponse => {
  const { version = 1n, expiresInMs = 3_600_000, refreshInMs = 3_300_000, allowedOrigins = [API] } = facts;
  return create(GetTokenResponseSchema, {
    accessToken: `at-${version}`,
    tokenType: "Bearer",
    version,
    ...(expiresInMs !== null && { expiresAt: timestampFromMs(Date.now() + expiresInMs) }),
    ...(refreshInMs !== null && { refreshAfter: timestampFromMs(Date.now() + refreshInMs) }),
    usage: {
      headerName: facts.headerName ?? "Authorization",
      headerPrefix: facts.headerName === undefined ? "Bearer " : "",
      apiBaseUrl: allowedOrigins.length === 0 ? "" : `${API}/v3`,
      allowedOrigins: [...allowedOrigins],
    },
  });
};

export interface Failure {
  readonly code: Code;
  readonly reason?: string;
  readonly metadata?: Record<string, string>;
  readonly retryAfterMs?: number;
}

const detailsOf = ({ reason, metadata = {}, retryAfterMs }: Failure) => [
  ...(reason === undefined ? [] : [create(ErrorInfoSchema, { reason, domain: "tokenbroker", metadata })]),
  ...(retryAfterMs === undefined
    ? []
    : [
        create(RetryInfoSchema, {
          retryDelay: { seconds: 0n, nanos: retryAfterMs * 1_000_000 },
        }),
      ]),
];

export const failure = (facts: Failure): ConnectError =>
  new ConnectError(
    facts.reason ?? "failed",
    facts.code,
    undefined,
    detailsOf(facts).map((value) =>
      value.$typeName === "google.rpc.ErrorInfo"
        ? { desc: ErrorInfoSchema, value: value as MessageInitShape<typeof ErrorInfoSchema> }
        : { desc: RetryInfoSchema, value: value as MessageInitShape<typeof RetryInfoSchema> },
    ),
  );

export const failedResult = (facts: Failure): MessageInitShape<typeof TokenResultSchema> => ({
  result: {
    case: "error",
    value: create(StatusSchema, {
      code: facts.code,
      message: facts.reason ?? "failed",
      details: detailsOf(facts).map((value) =>
        value.$typeName === "google.rpc.ErrorInfo"
          ? anyPack(ErrorInfoSchema, value)
          : anyPack(RetryInfoSchema, value),
      ),
    }),
  },
});

export const tokenResult = (facts: TokenFacts = {}): MessageInitShape<typeof TokenResultSchema> => ({
  result: { case: "token", value: token(facts) },
});

export type WatchMessage = MessageInitShape<typeof WatchTokensResponseSchema>;

/** One stream that a client opened. */
export interface OpenStream {
  readonly request: WatchTokensRequest;
  readonly signal: AbortSignal;
  send(message: WatchMessage): void;
  /** Breaks it. */
  fail(error: ConnectError): void;
}

export interface FakeBroker {
  readonly transport: Transport;
  readonly requests: readonly GetTokenRequest[];
  readonly batches: readonly number[];
  readonly streams: readonly OpenStream[];
  /** The next answers of GetToken, one each; the last one stays. */
  answer(...answers: readonly (GetTokenResponse | ConnectError | Promise<never>)[]): void;
  /** Items of BatchGetTokens, by user id. */
  readonly items: Map<string, MessageInitShape<typeof TokenResultSchema>>;
  hasBatches: boolean;
  hasStreams: boolean;
}

export const createFakeBroker = (): FakeBroker => {
  const requests: GetTokenRequest[] = [];
  const batches: number[] = [];
  const streams: OpenStream[] = [];
  let answers: (GetTokenResponse | ConnectError | Promise<never>)[] = [token()];
  const fake: FakeBroker = {
    transport: createRouterTransport((router) => {
      router.service(TokenBrokerService, {
        async getToken(request) {
          requests.push(request);
          const [next, ...rest] = answers;
          if (rest.length > 0) answers = rest;
          if (next instanceof ConnectError) throw next;
          return (await next) ?? token();
        },
        startAuthorization: (request) => ({
          authorizeUrl: `https://acme.example/authorize?scope=${request.scopes.join("+")}&keep=${request.keepGrantedScopes}`,
          authorizationId: "a-1",
        }),
        batchGetTokens(request) {
          batches.push(request.requests.length);
          if (!fake.hasBatches) throw new ConnectError("not there", Code.Unimplemented);
          return {
            results: request.requests.map(({ userId }) => fake.items.get(userId) ?? tokenResult()),
          };
        },
        async *watchTokens(request, { signal }) {
          if (!fake.hasStreams) throw new ConnectError("not there", Code.Unimplemented);
          const stream = createStream(request, signal);
          streams.push(stream);
          yield* stream.messages;
        },
      });
    }),
    requests,
    batches,
    streams,
    answer: (...next) => void (answers = [...next]),
    items: new Map(),
    hasBatches: true,
    hasStreams: true,
  };
  return fake;
};

const createStream = (request: WatchTokensRequest, signal: AbortSignal) => {
  const queue: (WatchMessage | ConnectError)[] = [];
  let wake = (): void => undefined;
  const push = (item: WatchMessage | ConnectError): void => {
    queue.push(item);
    wake();
  };
  signal.addEventListener("abort", () => wake());
  async function* messages(): AsyncGenerator<WatchMessage> {
    while (!signal.aborted) {
      const next = queue.shift();
      if (next instanceof ConnectError) throw next;
      if (next) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return { request, signal, send: push, fail: push, messages: messages() };
};
