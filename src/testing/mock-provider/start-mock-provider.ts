import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { createAdmin } from "./admin/admin.ts";
import { createClock, instant } from "./clock.ts";
import { createListener } from "./listener.ts";
import { createLog, type ProviderLog } from "./log/log.ts";
import type { MockProvider, MockProviderOptions } from "./mock-provider.ts";
import { newSeed } from "./random.ts";
import { createVendors, type Vendors } from "./vendors.ts";

/** Longer than a test is silent: an idle connection that closes just as a client writes would look like an answer that was lost. */
const KEEP_ALIVE_MS = 60_000;
const BACKLOG = 4096;

/** `await using provider = await startMockProvider({ vendors: { acme: STRICT } })`. Listens on 127.0.0.1 only. */
export const startMockProvider = async (options: MockProviderOptions = {}): Promise<MockProvider> => {
  const seed = options.seed ?? newSeed();
  const log = createLog({ file: options.logFile, inMemory: options.keepsLog });
  const clock = createClock(options.now, (offsetMs) => note(log, "clock", { offsetMs }));
  let url = "";
  const vendors = createVendors({ clock, log, seed, origin: () => url }, randomBytes(3).toString("hex"));
  for (const [name, settings] of Object.entries(options.vendors ?? { acme: {} })) vendors.add(name, settings);

  const closing = new AbortController();
  const { keepsRequests = false } = options;
  const { handle, quiet } = createListener(
    vendors,
    { clock, log, keepsRequests, closing: closing.signal },
    (...call) => admin(...call),
  );
  const server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  let connectionCount = 0;
  server.on("connection", () => (connectionCount += 1));
  const port = await listen(server, options.port ?? 0).catch((error: unknown) => {
    log.close();
    throw error;
  });
  url = `${options.tls ? "https" : "http"}://127.0.0.1:${port}`;
  note(log, "started", { seed, url, vendors: [...vendors.all.keys()], process: process.pid });

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    closing.abort();
    await shut(server);
    await quiet();
    note(log, "closed");
    log.close();
  };
  const provider: MockProvider = {
    url,
    port,
    seed,
    clock,
    ...vendorAccess(vendors),
    get log() {
      return log.entries;
    },
    logFile: log.file,
    quiet,
    get connectionCount() {
      return connectionCount;
    },
    openConnections: () => promisify(server.getConnections.bind(server))(),
    close,
    [Symbol.asyncDispose]: close,
  };
  const admin = createAdmin(provider);
  return provider;
};

const vendorAccess = (vendors: Vendors): Pick<MockProvider, "vendors" | "vendor" | "addVendor"> => ({
  vendors: vendors.all,
  vendor: (name) => vendors.get(name),
  addVendor: (name, settings) => vendors.add(name, settings),
});

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`port ${port} is taken: give another, or 0 for a free one`)
          : error,
      ),
    );
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.listen({ port, host: "127.0.0.1", backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });

const shut = async (server: Server): Promise<void> => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
};

const note = (log: ProviderLog, what: string, detail?: Record<string, unknown>): void => {
  const { monotonicUs: atUs, wallUs: atWallUs } = instant();
  log.append({ kind: "control", what, detail, atUs, atWallUs });
};
