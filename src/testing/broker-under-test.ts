import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newApiKey } from "../access/index.ts";
import { type App, createApp } from "../app.ts";
import { type BrokerConfig, loadConfig, type Registration } from "../config/index.ts";
import { generateFernetKey } from "../crypto/index.ts";
import { openDatabase } from "../store/index.ts";
import { createLogger, type Logger, silentLogger } from "../telemetry/index.ts";
import { createAuthority, type Identity } from "./certificates/certificate.ts";
import { createRpcTap } from "./rpc-tap.ts";
import { createStoreFaults } from "./store-faults.ts";

export interface BrokerUnderTestOptions {
  /** Settings of the broker besides those of the kit; they win. */
  readonly env: Readonly<Record<string, string>>;
  /** Also listens with TLS, on a port of its own. */
  readonly tls: boolean;
  /** Takes the broker's log, a line of JSON at a time. */
  readonly log: ((line: string) => void) | undefined;
  /** Completes what the environment cannot say of a provider. */
  readonly complete: (registration: Registration) => Registration;
}

/** How to reach the listener that speaks TLS. Texts are PEM. */
export interface TlsAccess {
  readonly url: string;
  /** What to believe the broker by. */
  readonly ca: string;
  /** A client's certificate that proves a caller, without a key. */
  readonly client: Identity;
}

export interface Restart {
  /** How long nothing listens; default 0. */
  readonly downMs?: number;
  /** Cuts every connection first, as a process that was killed does. Default: calls in flight are answered and streams are told. */
  readonly abrupt?: boolean;
}

/** A broker in this process, on ports that stay the same over restarts, with its database in memory. */
export interface BrokerUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly callbackUrl: string;
  readonly apiKey: string;
  /** The same broker behind TLS. */
  readonly tls: TlsAccess | undefined;
  /** The one that listens at the moment. */
  readonly app: () => App;
  readonly calls: Readonly<Record<string, number>>;
  restart(options?: Restart): Promise<void>;
  cutConnections(): number;
  failReads(times: number, retryAfterMs: number): void;
  hideMethods(methods: readonly string[]): void;
  reset(): void;
}

const CALLER = "test-kit";

/** Of the SPIFFE ID in the client's certificate. */
const TRUST_DOMAIN = "test-kit.example";

export const startBrokerUnderTest = async (options: BrokerUnderTestOptions): Promise<BrokerUnderTest> => {
  await using undo = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), "token-broker-test-kit-"));
  undo.defer(() => rmSync(directory, { recursive: true, force: true }));
  const { key: apiKey, line } = newApiKey(CALLER);
  const keysFile = join(directory, "api-keys");
  writeFileSync(keysFile, `${line}\n`, { mode: 0o600 });
  const logger = loggerOf(options.log);
  const env = { ...kitEnvironment(keysFile), ...options.env };
  const database = undo.use(await openDatabase(loadConfig(env).config.database, { logger }));
  const tap = createRpcTap();
  const faults = createStoreFaults();
  const start = async (more: Readonly<Record<string, string>>, jobs: boolean): Promise<Started> => {
    const config = configOf({ ...env, ...more }, options.complete);
    const app = await createApp(config, {
      database,
      logger,
      jobs,
      writeAuditLine: () => undefined,
      wrapStore: faults.wrap,
      wrapRpcHandler: tap.wrap,
    });
    return { app, ...(await app.start()) };
  };
  const main = await startAgainAndAgain(start);
  undo.defer(() => main.current().app.stop());
  const tls = options.tls ? await startTls(start, directory) : undefined;
  if (tls) undo.defer(() => tls.app.stop());
  const resources = undo.move();
  return {
    url: `http://${main.current().rpc}`,
    callbackUrl: `http://${main.current().http}`,
    apiKey,
    tls: tls?.access,
    app: () => main.current().app,
    calls: tap.calls,
    async restart({ downMs = 0, abrupt = false } = {}) {
      if (abrupt) tap.cut();
      await main.restart(downMs);
    },
    cutConnections: () => tap.cut(),
    failReads: (times, retryAfterMs) => faults.fail(times, retryAfterMs),
    hideMethods: (methods) => tap.hide(methods),
    reset() {
      tap.reset();
      faults.reset();
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

interface Started {
  readonly app: App;
  readonly rpc: string;
  readonly http: string;
}

type Start = (more: Readonly<Record<string, string>>, jobs: boolean) => Promise<Started>;

/** The first start takes the ports that the system gives, and the next ones the same. */
const startAgainAndAgain = async (start: Start) => {
  let current = await start({}, true);
  const ports = { BROKER_RPC_ADDR: current.rpc, BROKER_HTTP_ADDR: current.http };
  return {
    current: () => current,
    async restart(downMs: number): Promise<void> {
      await current.app.stop();
      await new Promise((resolve) => setTimeout(resolve, downMs));
      current = await start(ports, true);
    },
  };
};

const startTls = async (
  start: Start,
  directory: string,
): Promise<{ readonly app: App; readonly access: TlsAccess }> => {
  const authority = createAuthority("token-broker test kit");
  const server = authority.issue({ commonName: "broker", dns: ["localhost"], ipv4: ["127.0.0.1"] });
  const client = authority.issue({ commonName: "client", uri: [`spiffe://${TRUST_DOMAIN}/client`] });
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const { app, rpc } = await start(
    {
      BROKER_RPC_TLS_CERT_FILE: file("tls.crt", server.certificate),
      BROKER_RPC_TLS_KEY_FILE: file("tls.key", server.privateKey),
      BROKER_RPC_TLS_CLIENT_CA_FILE: `${TRUST_DOMAIN}=${file("clients.crt", authority.certificate)}`,
    },
    false,
  );
  return { app, access: { url: `https://${rpc}`, ca: authority.certificate, client } };
};

const kitEnvironment = (apiKeysFile: string): Record<string, string> => ({
  BROKER_MODE: "development",
  BROKER_RPC_ADDR: "127.0.0.1:0",
  BROKER_HTTP_ADDR: "127.0.0.1:0",
  BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
  BROKER_DATA_DIR: "memory://",
  BROKER_API_KEYS_FILE: apiKeysFile,
  BROKER_AUDIT: "none",
  BROKER_DRAIN_SECONDS: "2",
  // A test calls as often as it likes, and its provider fails as often.
  BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND: "0",
  BROKER_RATE_LIMIT_START_PER_MINUTE: "0",
  BROKER_RATE_LIMIT_ADMIN_PER_MINUTE: "0",
  BROKER_RATE_LIMIT_CALLBACK_PER_MINUTE: "0",
  CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
});

const configOf = (
  env: Readonly<Record<string, string>>,
  complete: BrokerUnderTestOptions["complete"],
): BrokerConfig => {
  const { config } = loadConfig(env);
  return { ...config, registrations: config.registrations.map(complete) };
};

const loggerOf = (log: ((line: string) => void) | undefined): Logger =>
  log === undefined ? silentLogger : createLogger({ level: "debug", destination: { write: log } });
