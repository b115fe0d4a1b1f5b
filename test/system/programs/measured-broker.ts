/** The broker as `serve` runs it, for measuring its memory: see tell-memory.ts. */
import { createApp } from "../../../src/app.ts";
import { listenForStop } from "../../../src/cli/stop-signal.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { createLogger } from "../../../src/telemetry/index.ts";
import { tellMemory } from "./tell-memory.ts";

const { config } = loadConfig();
const logger = createLogger({ level: config.logLevel });
using stop = listenForStop(logger);
const app = await createApp(config, { logger });
await app.start();
tellMemory();
await stop.received;
await app.stop();
process.stdin.destroy();
