/** What is measured: the broker's hot call on both stores and protocols, and beside it what the same reply costs without the broker. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { GetTokenRequestSchema } from "../gen/ts/tokenbroker/v1/token_pb.ts";
import { startPostgresCluster } from "../test/support/postgres.ts";
import { type Call } from "./load.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { EMPTY_PATH } from "./servers/empty-service.ts";

const GET_TOKEN_PATH = "/tokenbroker.v1.TokenBrokerService/GetToken";
const IMPORT_TOKEN_PATH = "/tokenbroker.v1.TokenBrokerService/ImportToken";
const GRANT = { connectionId: "3f0e1c52-7a54-4c1e-9b9c-0d6f5a1b2c3d", userId: "bench", provider: "bench" };
const TOKEN_LIFETIME_MS = 60 * 60 * 1000;

export interface Subject {
  name: string;
  server: ServerProcess;
  call: Call;
  /** The RPC that does nothing, on the same framework and protocol. */
  emptyRpc?: Subject;
}

export interface Subjects extends AsyncDisposable {
  list: Subject[];
  /** The floor that every other subject is compared with. */
  floor: Subject;
}

/** Starts every server. */
export async function startSubjects(): Promise<Subjects> {
  const resources = new AsyncDisposableStack();
  try {
    const floor = await bareHttp2(resources);
    const empty = await emptyRpcs(resources);
    const list = [floor, ...Object.values(empty), ...(await brokers(resources, empty))];
    return { list, floor, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function bareHttp2(resources: AsyncDisposableStack): Promise<Subject> {
  const server = resources.use(await startServer("bench/servers/bare-http2.ts"));
  return {
    name: "bare node:http2 reply",
    server,
    call: { protocol: "none", path: "/", message: getToken() },
  };
}

interface EmptyRpcs {
  grpcJs: Subject;
  connect: Subject;
  grpc: Subject;
}

async function emptyRpcs(resources: AsyncDisposableStack): Promise<EmptyRpcs> {
  const grpcJs = resources.use(await startServer("bench/servers/empty-grpc-js.ts"));
  const connectNode = resources.use(await startServer("bench/servers/empty-connect.ts"));
  const call = { path: EMPTY_PATH, message: new Uint8Array() };
  return {
    grpcJs: { name: "empty RPC, grpc-js, gRPC", server: grpcJs, call: { ...call, protocol: "grpc" } },
    connect: {
      name: "empty RPC, connect-node, Connect",
      server: connectNode,
      call: { ...call, protocol: "connect" },
    },
    grpc: { name: "empty RPC, connect-node, gRPC", server: connectNode, call: { ...call, protocol: "grpc" } },
  };
}

async function brokers(resources: AsyncDisposableStack, empty: EmptyRpcs): Promise<Subject[]> {
  const directory = mkdtempSync(join(tmpdir(), "token-broker-bench-"));
  resources.defer(() => rmSync(directory, { recursive: true, force: true }));
  const cluster = resources.use(await startPostgresCluster());
  const stores = {
    PGlite: { BROKER_DATA_DIR: join(directory, "data") },
    PostgreSQL: { BROKER_DATABASE_URL: await cluster.createDatabase("bench") },
  };
  const subjects: Subject[] = [];
  for (const [store, env] of Object.entries(stores)) {
    const server = resources.use(await startBroker(env));
    const call = { path: GET_TOKEN_PATH, message: getToken() };
    subjects.push(
      {
        name: `GetToken, ${store}, Connect`,
        server,
        call: { ...call, protocol: "connect" },
        emptyRpc: empty.connect,
      },
      { name: `GetToken, ${store}, gRPC`, server, call: { ...call, protocol: "grpc" }, emptyRpc: empty.grpc },
    );
  }
  return subjects;
}

/** The broker as it ships, with one token in its store that stays fresh longer than the bench runs. */
async function startBroker(storage: Record<string, string>): Promise<ServerProcess> {
  const broker = await startServer("src/main.ts", ["serve"], {
    BROKER_RPC_ADDR: "127.0.0.1:0",
    BROKER_HTTP_ADDR: "127.0.0.1:0",
    BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
    BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND: "0",
    CONNECT_TOKEN_ENCRYPTION_KEY: fernetKey(),
    CONNECT_PROVIDERS: "bench",
    CONNECT_BENCH_CLIENT_ID: "bench",
    CONNECT_BENCH_CLIENT_SECRET: "bench-secret",
    CONNECT_BENCH_AUTHORIZE_URL: "https://bench.example/authorize",
    CONNECT_BENCH_TOKEN_URL: "https://bench.example/token",
    ...storage,
  });
  await importToken(broker.origin);
  return broker;
}

async function importToken(origin: string): Promise<void> {
  const response = await fetch(origin + IMPORT_TOKEN_PATH, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...GRANT,
      accessToken: randomBytes(32).toString("base64url"),
      refreshToken: randomBytes(32).toString("base64url"),
      expiresAt: new Date(Date.now() + TOKEN_LIFETIME_MS).toISOString(),
      scopes: ["read", "write"],
    }),
  });
  if (!response.ok) {
    throw new Error(`ImportToken answered HTTP ${response.status}: ${await response.text()}`);
  }
}

function getToken(): Uint8Array {
  return toBinary(GetTokenRequestSchema, create(GetTokenRequestSchema, GRANT));
}

/** 32 random bytes in padded base64url. */
function fernetKey(): string {
  return randomBytes(32).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
