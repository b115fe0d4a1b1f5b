/**
 * A broker with honest and hostile servers around it, for a whole suite: an MCP server and its authorization server on 127.0.0.1, an attacker's pair on
 * 127.0.0.2, all four listed in `BROKER_ALLOW_INSECURE_LOOPBACK` by host and port, and a canary beside them that is not. Nothing of the guard is off.
 */
import { randomUUID } from "node:crypto";
import { type Client, ConnectError } from "@connectrpc/connect";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { ErrorInfoSchema } from "../../../gen/ts/google/rpc/error_details_pb.ts";
import { TokenBrokerAdminService } from "../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import type { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import type { Resolve } from "../../../src/oauth/index.ts";
import type { Database } from "../../../src/store/index.ts";
import { startTestApp, type TestApp } from "../app.ts";
import { createBrowser } from "../browser.ts";
import { recordOutput } from "../canaries.ts";
import { type StoreUnderTest, storeUnderTest } from "../database.ts";
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  startAuthorizationServer,
} from "./authorization-server.ts";
import { type CanaryListener, startCanary } from "./canaries.ts";
import { type McpEndpoint, type McpEndpointUrls, type McpServer, startMcpServer } from "./mcp-server.ts";

/** Where browsers end; nobody listens there. */
export const APP = "http://localhost:9";

/** An attacker's host: loopback, and another one than the honest servers'. */
export const EVIL_HOST = "127.0.0.2";

export interface WorldOptions {
  /** Settings; by then the servers are up. */
  readonly env?: (servers: Servers) => Readonly<Record<string, string | undefined>>;
  /** More items of `BROKER_ALLOW_INSECURE_LOOPBACK`. */
  readonly listed?: (servers: Servers) => readonly string[];
  readonly resolve?: Resolve;
  /** Default: PostgreSQL, which is the quicker one to open. */
  readonly store?: StoreUnderTest;
  readonly as?: AuthorizationServerOptions;
}

type Servers = Pick<McpWorld, "mcp" | "as" | "evilMcp" | "evilAs">;

export interface GrantKey {
  readonly connectionId: string;
  readonly userId: string;
  readonly mcpServerUrl: string;
  readonly namespace: string;
}

type StartRequest = Parameters<Client<typeof TokenBrokerService>["startAuthorization"]>[0];

/** How an authorization ended in the browser: the parameters of the redirect to the application. */
export type Ending = Readonly<Record<string, string>>;

export interface McpWorld {
  readonly broker: TestApp;
  readonly database: Database;
  readonly client: Client<typeof TokenBrokerService>;
  readonly admin: Client<typeof TokenBrokerAdminService>;
  readonly mcp: McpServer;
  readonly as: AuthorizationServer;
  readonly evilMcp: McpServer;
  readonly evilAs: AuthorizationServer;
  /** Unlisted: must never be connected to. Judged after every test. */
  readonly canary: CanaryListener;
  /** A new endpoint of the honest MCP server behind the honest authorization server, under a path of its own. */
  endpoint(more?: Partial<McpEndpoint>): McpEndpointUrls;
  /** The same of the attacker's. */
  evilEndpoint(more?: Partial<McpEndpoint>): McpEndpointUrls;
  /** The whole flow with a browser. */
  connect(grant: GrantKey, more?: StartRequest): Promise<Ending>;
}

export const grantOf = (mcpServerUrl: string, more: Partial<GrantKey> = {}): GrantKey => ({
  connectionId: randomUUID(),
  userId: `user-${randomUUID()}`,
  mcpServerUrl,
  namespace: "",
  ...more,
});

/** Servers are themselves again before each test; the canary is judged after it. */
export const useMcpWorld = (options: WorldOptions = {}): McpWorld => {
  const store = options.store ?? storeUnderTest("postgresql");
  const stack = new AsyncDisposableStack();
  const world = {} as { -readonly [K in keyof McpWorld]: McpWorld[K] };
  beforeAll(async () => {
    world.mcp = stack.use(await startMcpServer());
    world.as = stack.use(await startAuthorizationServer(options.as));
    world.evilMcp = stack.use(await startMcpServer({ host: EVIL_HOST }));
    world.evilAs = stack.use(await startAuthorizationServer({ host: EVIL_HOST }));
    world.canary = stack.use(await startCanary());
    world.database = await store.open();
    const listed = [
      ...[world.mcp, world.as, world.evilMcp, world.evilAs].map(({ host }) => host),
      ...(options.listed?.(world) ?? []),
    ];
    world.broker = stack.use(
      await startTestApp({
        database: world.database,
        env: { BROKER_ALLOW_INSECURE_LOOPBACK: listed.join(","), ...options.env?.(world) },
        ...(options.resolve ? { resolve: options.resolve } : {}),
      }),
    );
    // One HTTP/2 session for all calls, so that connections to the broker's ports can be counted.
    world.client = world.broker.client("connect json h2c");
    world.admin = world.broker.clientOf(TokenBrokerAdminService, "connect json h2c");
  });
  beforeEach(() => {
    for (const server of [world.mcp, world.as, world.evilMcp, world.evilAs]) server.reset();
  });
  afterEach(() => expect(world.canary.connections).toBe(0));
  afterAll(() => stack.disposeAsync());

  world.endpoint = (more = {}) =>
    world.mcp.add({
      path: `/${randomUUID()}/mcp`,
      authorizationServers: [world.as.issuer],
      verify: world.as.verify,
      ...more,
    });
  world.evilEndpoint = (more = {}) =>
    world.evilMcp.add({
      path: `/${randomUUID()}/mcp`,
      authorizationServers: [world.evilAs.issuer],
      verify: world.evilAs.verify,
      ...more,
    });
  world.connect = (grant, more = {}) => connectThrough(world.client, grant, more);
  return world;
};

/** Starts, and lets a browser do the rest. */
export const connectThrough = async (
  client: Client<typeof TokenBrokerService>,
  grant: GrantKey,
  more: StartRequest = {},
): Promise<Ending> => {
  const { authorizeUrl } = await client.startAuthorization({ ...grant, redirectUri: `${APP}/done`, ...more });
  return await visitToEnd(authorizeUrl);
};

export const visitToEnd = async (url: string): Promise<Ending> => {
  const visit = await createBrowser().visit(url, { stopAt: APP });
  if (visit.page) recordOutput("pages of MCP flows", visit.page.body);
  return visit.url.origin === APP
    ? Object.fromEntries(visit.url.searchParams)
    : { page: String(visit.page?.status) };
};

export interface Refusal {
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Everything that the caller was told, for searching. */
  readonly text: string;
}

/** What a call that must be refused was refused with. */
export const refusalOf = async (call: Promise<unknown>): Promise<Refusal> => {
  const error = await call.then(
    () => {
      throw new Error("the call was answered");
    },
    (reason: unknown) => ConnectError.from(reason),
  );
  const [info] = error.findDetails(ErrorInfoSchema);
  const { reason = "", metadata = {} } = info ?? {};
  const text = JSON.stringify([error.rawMessage, reason, metadata]);
  recordOutput("refusals of MCP calls", text);
  return { reason, message: error.rawMessage, metadata, text };
};
