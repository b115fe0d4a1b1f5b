/**
 * A replica of the broker for tests of faults: the product as `serve` runs it, with what only tests may do to it. What is done to it comes
 * from the environment (`REPLICA_*`, see replica-process.ts) and, as JSON lines, from standard input.
 */
import { setClockSkew } from "./replica-clock.ts";

setClockSkew(Number(process.env["REPLICA_CLOCK_SKEW_MS"] ?? 0));

const { createApp } = await import("../../src/app.ts");
const { listenForStop } = await import("../../src/cli/stop-signal.ts");
const { loadConfig } = await import("../../src/config/index.ts");
const { createLogger } = await import("../../src/telemetry/index.ts");
const { createFailpoints } = await import("./replica-failpoints.ts");
const { sabotages } = await import("./replica-sabotage.ts");
const { labelRequests } = await import("./replica-requests.ts");

const sabotage = sabotages[process.env["REPLICA_SABOTAGE"] ?? "none"];
if (sabotage === undefined) throw new Error("REPLICA_SABOTAGE names no sabotage");
const refreshFacts = JSON.parse(process.env["REPLICA_REFRESH"] ?? "{}") as object;

const { config } = loadConfig();
const logger = createLogger({ level: config.logLevel });
const failpoints = createFailpoints();
labelRequests(process.env["REPLICA_NAME"] ?? "");
using stop = listenForStop(logger);

const app = await createApp(
  {
    ...config,
    registrations: config.registrations.map((registration) => ({
      ...registration,
      definition: {
        ...registration.definition,
        refresh: { ...registration.definition.refresh, ...refreshFacts },
      },
    })),
  },
  { logger, wrapStore: (store, database) => failpoints.wrap(sabotage(store, database)) },
);
await app.start();
failpoints.listen(process.stdin);
await stop.received;
await app.stop();
process.stdin.destroy();
