import {
  type BrokerConfig,
  callbackUrl,
  type LoadedConfig,
  loadConfig,
  loginCallbackUrl,
} from "../config/index.ts";
import { createLogger, type Logger } from "../telemetry/index.ts";
import { logCrashes } from "./crash.ts";
import type { CommandIo } from "./io.ts";
import { listenForReload } from "./reload-signal.ts";
import { listenForStop } from "./stop-signal.ts";

/**
 * Runs the broker until it is told to stop, then finishes what is under way.
 *
 * @throws ConfigError before anything is opened or written; another Error naming variable or path when something cannot be opened.
 */
export const serve = async (io: CommandIo): Promise<void> => {
  const loaded = loadConfig(io.environment);
  const logger = createLogger({ level: loaded.config.logLevel });
  logCrashes(logger);
  logConfiguration(loaded, logger);
  using stop = listenForStop(logger);
  const { createApp } = await import("../app.ts");
  // Opening may take minutes, behind another replica's migration; nothing is served yet, and what is given up here ends with the process.
  const app = await Promise.race([createApp(loaded.config, { logger }), stop.received]);
  if (typeof app === "string") {
    logger.info("stopped");
    return;
  }
  using reload = new DisposableStack();
  try {
    const { http } = await app.start();
    logCallbackUrls(loaded.config, http, logger);
    reload.use(listenForReload(logger, () => app.reload()));
    await stop.received;
  } finally {
    await app.stop();
  }
  logger.info("stopped");
};

const logConfiguration = ({ config, warnings, notices }: LoadedConfig, logger: Logger): void => {
  logger.info("starting", { mode: config.mode, reason: config.modeReason });
  for (const message of notices) logger.info("configuration notice", { message });
  for (const message of warnings) logger.warn("configuration warning", { message });
};

/** What to register at each vendor. Without a public base URL it depends on the port that was bound. */
const logCallbackUrls = (config: BrokerConfig, http: string, logger: Logger): void => {
  const port = http.slice(http.lastIndexOf(":") + 1);
  const apiBase = config.apiBaseFromListener ? `http://localhost:${port}` : config.apiBase;
  for (const { name, loginEnabled } of config.registrations) {
    const target = { namespace: "", provider: name };
    logger.info("provider active", {
      provider: name,
      callback_url: callbackUrl(apiBase, target),
      login_callback_url: loginEnabled ? loginCallbackUrl(apiBase, target) : undefined,
    });
  }
};
