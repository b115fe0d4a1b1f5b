/**
 * The broker in this process, on ports that the system chose, with a client for every way to reach its RPC port. Its log is captured at
 * debug level and searched for secrets at the end of the run.
 */
import { createRegistry, type DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "../../gen/ts/google/rpc/error_details_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { type Addresses, type App, createApp } from "../../src/app.ts";
import type { BrokerConfig, Registration } from "../../src/config/index.ts";
import { generateFernetKey } from "../../src/crypto/index.ts";
import type { Resolve } from "../../src/oauth/index.ts";
import type { Database } from "../../src/store/index.ts";
import { createLogger } from "../../src/telemetry/index.ts";
import { recordOutput } from "./canaries.ts";
import { load } from "./load-config.ts";

/** A status within an answer in JSON cannot be read without knowing what it may carry. */
const jsonOptions = {
  registry: createRegistry(ErrorInfoSchema, RetryInfoSchema, BadRequestSchema, RequestInfoSchema),
};

/** Protocol, HTTP version and encoding. gRPC proper exists over HTTP/2 only. */
export const TRANSPORTS = {
  "connect json http/1.1": (baseUrl, interceptors) =>
    createConnectTransport({
      baseUrl,
      interceptors,
      httpVersion: "1.1",
      useBinaryFormat: false,
      jsonOptions,
    }),
  "connect binary http/1.1": (baseUrl, interceptors) =>
    createConnectTransport({ baseUrl, interceptors, httpVersion: "1.1", useBinaryFormat: true }),
  "connect json h2c": (baseUrl, interceptors) =>
    createConnectTransport({ baseUrl, interceptors, httpVersion: "2", useBinaryFormat: false, jsonOptions }),
  "connect binary h2c": (baseUrl, interceptors) =>
    createConnectTransport({ baseUrl, interceptors, httpVersion: "2", useBinaryFormat: true }),
  "grpc binary h2c": (baseUrl, interceptors) =>
    createGrpcTransport({ baseUrl, interceptors, useBinaryFormat: true }),
  "grpc json h2c": (baseUrl, interceptors) =>
    createGrpcTransport({ baseUrl, interceptors, useBinaryFormat: false, jsonOptions }),
  "grpc-web binary http/1.1": (baseUrl, interceptors) =>
    createGrpcWebTransport({ baseUrl, interceptors, httpVersion: "1.1", useBinaryFormat: true }),
  "grpc-web json http/1.1": (baseUrl, interceptors) =>
    createGrpcWebTransport({
      baseUrl,
      interceptors,
      httpVersion: "1.1",
      useBinaryFormat: false,
      jsonOptions,
    }),
  "grpc-web binary h2c": (baseUrl, interceptors) =>
    createGrpcWebTransport({ baseUrl, interceptors, httpVersion: "2", useBinaryFormat: true }),
} as const satisfies Record<string, (baseUrl: string, interceptors: Interceptor[]) => Transport>;

export type TransportName = keyof typeof TRANSPORTS;

export const transportNames = Object.keys(TRANSPORTS) as TransportName[];

export interface TestAppOptions {
  /** The broker's settings and nothing of this process's environment. Default: every listener on a free loopback port, a new key. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Open; `await store.open()` of test/support/database.ts. It stays open. */
  readonly database: Database;
  /** What names resolve to for requests that leave. Default: the system's resolver. */
  readonly resolve?: Resolve;
  /** Default false: nothing happens that a test did not ask for. */
  readonly jobs?: boolean;
  /** Beside those of `env`. */
  readonly registrations?: readonly Registration[];
}

export type LogLine = { readonly level: string; readonly event: string } & Readonly<Record<string, unknown>>;

export type AuditLine = Readonly<Record<string, unknown>>;

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly config: BrokerConfig;
  readonly addresses: Addresses;
  /** Base URLs of the three listeners. */
  readonly rpcUrl: string;
  readonly httpUrl: string;
  readonly telemetryUrl: string;
  /** Log lines so far, oldest first. */
  readonly logLines: readonly LogLine[];
  /** Audit lines so far, oldest first. */
  readonly auditLines: readonly AuditLine[];
  /** The service over one of the transports; `headers` go with every call. Default "connect json http/1.1". */
  client(
    transport?: TransportName,
    headers?: Readonly<Record<string, string>>,
  ): Client<typeof TokenBrokerService>;
  /** Another service of the RPC port, such as health. */
  clientOf<S extends DescService>(service: S, transport?: TransportName): Client<S>;
}

const DEFAULT_ENV = {
  BROKER_RPC_ADDR: "127.0.0.1:0",
  BROKER_HTTP_ADDR: "127.0.0.1:0",
  BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
  BROKER_LOG_LEVEL: "debug",
  // Tests call more often than any caller does; those of the limits set their own.
  BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND: "0",
  BROKER_RATE_LIMIT_START_PER_MINUTE: "0",
  BROKER_RATE_LIMIT_ADMIN_PER_MINUTE: "0",
  BROKER_RATE_LIMIT_CALLBACK_PER_MINUTE: "0",
  BROKER_DRAIN_SECONDS: "3",
} as const;

/** `await using broker = await startTestApp({ database })`. */
export const startTestApp = async ({
  env,
  database,
  resolve,
  jobs = false,
  registrations = [],
}: TestAppOptions): Promise<TestApp> => {
  const { config: loaded } = load({
    ...DEFAULT_ENV,
    CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
    ...env,
  });
  const config = { ...loaded, registrations: [...loaded.registrations, ...registrations] };
  const logLines: LogLine[] = [];
  const logger = createLogger({
    level: config.logLevel,
    destination: {
      write(line: string) {
        recordOutput("log of the app", line);
        logLines.push(JSON.parse(line) as LogLine);
      },
    },
  });
  const auditLines: AuditLine[] = [];
  const writeAuditLine = (line: string): void => {
    recordOutput("audit of the app", line);
    auditLines.push(JSON.parse(line) as AuditLine);
  };
  const app = await createApp(config, {
    database,
    jobs,
    logger,
    writeAuditLine,
    ...(resolve ? { resolve } : {}),
  });
  const addresses = await app.start();
  const rpcUrl = `http://${addresses.rpc}`;
  const clientOf = <S extends DescService>(
    service: S,
    transport: TransportName = "connect json http/1.1",
    headers: Readonly<Record<string, string>> = {},
  ): Client<S> => createClient(service, TRANSPORTS[transport](rpcUrl, [withHeaders(headers)]));
  return {
    app,
    config,
    addresses,
    rpcUrl,
    httpUrl: `http://${addresses.http}`,
    telemetryUrl: `http://${addresses.telemetry}`,
    logLines,
    auditLines,
    client: (transport, headers) => clientOf(TokenBrokerService, transport, headers),
    clientOf,
    [Symbol.asyncDispose]: () => app.stop(),
  };
};

const withHeaders =
  (headers: Readonly<Record<string, string>>): Interceptor =>
  (next) =>
  (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
