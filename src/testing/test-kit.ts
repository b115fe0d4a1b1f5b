import type { Registration } from "../config/index.ts";
import {
  type BrokerUnderTest,
  type Restart,
  startBrokerUnderTest,
  type TlsAccess,
} from "./broker-under-test.ts";
import { type Connections, type ConnectionSeed, createConnections } from "./connections.ts";
import { startControlServer } from "./control/control-server.ts";
import {
  brokerEnvironment,
  consent,
  type MockProvider,
  startMockProvider,
  type VendorSettings,
} from "./mock-provider/index.ts";
import { type Resource, startResource } from "./resource.ts";

/** A provider of the kit: how it behaves, and how its tokens are used. */
export interface KitProvider {
  readonly settings?: Partial<VendorSettings>;
  /** Default "Authorization". */
  readonly headerName?: string;
  /** Default "Bearer ". */
  readonly headerPrefix?: string;
  /** False: the broker does not know where tokens of this provider may be sent. Default true: to the kit's resource. */
  readonly knowsOrigins?: boolean;
}

export interface TestKitOptions {
  /** Name → provider. Default: one, `acme`. */
  readonly providers?: Readonly<Record<string, KitProvider>>;
  /** Seeded before the kit is handed out. */
  readonly connections?: readonly ConnectionSeed[];
  /** Also opens a listener that speaks TLS and asks for client certificates. Default false. */
  readonly tls?: boolean;
  /** Of the control API. Default: a free port. */
  readonly controlPort?: number;
  /** More settings of the broker, which win over the kit's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes the broker's log, a line of JSON at a time. Default: nobody does. */
  readonly log?: (line: string) => void;
}

export interface Counts {
  /** RPC method → calls that arrived, streams included. */
  readonly calls: Readonly<Record<string, number>>;
  /** Of those, streams of WatchToken and WatchTokens. */
  readonly watches: number;
  /** Refreshes that the providers carried out. */
  readonly refreshes: number;
  /** Requests that the resource got. */
  readonly requests: number;
}

/**
 * A broker, a provider, an API that takes the provider's tokens, and connections: all that a consuming service needs in its tests, on loopback and in
 * memory. `await using kit = await startTestKit({ connections: [{}] })`.
 */
export interface TestKit extends AsyncDisposable {
  /** The broker's RPC URL, in clear. */
  readonly brokerUrl: string;
  /** Sent as `authorization: Bearer …`. */
  readonly apiKey: string;
  readonly tls: TlsAccess | undefined;
  readonly provider: MockProvider;
  readonly resource: Resource;
  readonly connections: Connections;
  /** Drives the kit from another process: see docs/how-to/test-your-service.md. */
  readonly controlUrl: string;
  counts(): Counts;
  /** A person opens the URL of a StartAuthorization and allows it. Answers where the browser ends up. */
  visit(authorizeUrl: string): Promise<string>;
  restart(options?: Restart): Promise<void>;
  /** Cuts every connection to the broker. Answers how many. */
  cutConnections(): number;
  /** The next reads of a token fail with UNAVAILABLE and tell the caller to come back after so long. */
  failReads(times: number, retryAfterMs: number): void;
  /** These RPC methods are not there any more, as in an older broker. */
  hideMethods(methods: readonly string[]): void;
  /** Counts from zero; takes back what was asked of provider, resource and broker. Connections stay. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts in about three seconds, most of which the embedded database takes. */
export const startTestKit = async (options: TestKitOptions = {}): Promise<TestKit> => {
  await using undo = new AsyncDisposableStack();
  const providers = options.providers ?? { acme: {} };
  const provider = undo.use(await startMockProvider({ vendors: settingsOf(providers) }));
  const resource = undo.use(await startResource((token) => subjectOf(provider, token)));
  const broker = undo.use(
    await startBrokerUnderTest({
      env: { ...brokerEnvironment(provider), ...options.env },
      tls: options.tls ?? false,
      log: options.log,
      complete: (registration) => withUsage(registration, providers[registration.name], resource),
    }),
  );
  const connections = createConnections(provider, broker.app);
  for (const seed of options.connections ?? []) await connections.seed(seed);
  const kit = { ...parts({ broker, provider, resource, connections }), controlUrl: "" };
  const control = undo.use(await startControlServer(kit, options.controlPort ?? 0));
  const resources = undo.move();
  const close = (): Promise<void> => resources.disposeAsync();
  return Object.assign(kit, { controlUrl: control.url, close, [Symbol.asyncDispose]: close });
};

interface Parts {
  readonly broker: BrokerUnderTest;
  readonly provider: MockProvider;
  readonly resource: Resource;
  readonly connections: Connections;
}

const parts = ({ broker, provider, resource, connections }: Parts) => {
  let refreshesBefore = 0;
  return {
    brokerUrl: broker.url,
    apiKey: broker.apiKey,
    tls: broker.tls,
    provider,
    resource,
    connections,
    counts: (): Counts => ({
      calls: { ...broker.calls },
      watches: (broker.calls["WatchToken"] ?? 0) + (broker.calls["WatchTokens"] ?? 0),
      refreshes: refreshesOf(provider) - refreshesBefore,
      requests: resource.requests.length,
    }),
    async visit(authorizeUrl: string): Promise<string> {
      const callback = await consent(authorizeUrl);
      const answer = await fetch(callback, { redirect: "manual" });
      return answer.headers.get("location") ?? callback.origin + callback.pathname;
    },
    restart: (restart?: Restart) => broker.restart(restart),
    cutConnections: () => broker.cutConnections(),
    failReads: (times: number, retryAfterMs: number) => broker.failReads(times, retryAfterMs),
    hideMethods: (methods: readonly string[]) => broker.hideMethods(methods),
    reset(): void {
      for (const vendor of provider.vendors.values()) vendor.scripts.clear();
      resource.reset();
      broker.reset();
      refreshesBefore = refreshesOf(provider);
    },
  };
};

/** What the control API drives: the kit without its own end. */
export type DrivenKit = ReturnType<typeof parts>;

const settingsOf = (
  providers: Readonly<Record<string, KitProvider>>,
): Record<string, Partial<VendorSettings>> =>
  Object.fromEntries(Object.entries(providers).map(([name, { settings = {} }]) => [name, settings]));

const subjectOf = ({ vendors }: MockProvider, token: string): string | undefined =>
  [...vendors.values()].map(({ grants }) => grants.subjectOf(token)).find((subject) => subject !== undefined);

const refreshesOf = ({ log }: MockProvider): number =>
  log.filter(
    (entry) => entry.kind === "token" && entry.grantType === "refresh_token" && entry.verdict === "issued",
  ).length;

/** Facts that only a catalog entry tells of a provider. */
const withUsage = (
  registration: Registration,
  { headerName, headerPrefix, knowsOrigins = true }: KitProvider = {},
  resource: Resource,
): Registration => ({
  ...registration,
  definition: {
    ...registration.definition,
    usage: {
      ...registration.definition.usage,
      ...(headerName !== undefined && { headerName }),
      ...(headerPrefix !== undefined && { headerPrefix }),
      ...(knowsOrigins && { apiBaseUrl: resource.url }),
    },
  },
});
