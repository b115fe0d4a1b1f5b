import { isLocalAddress } from "./address.ts";
import type { DatabaseConfig, Mode } from "./config.ts";
import { isLocalDatabase } from "./database-url.ts";
import type { Settings } from "./read-settings.ts";

export interface ModeDecision {
  readonly mode: Mode;
  /** One clause, to stand behind "because". */
  readonly modeReason: string;
}

/** What is set decides; unset, the mode is development only if nothing looks otherwise. */
export const decideMode = (settings: Settings, database: DatabaseConfig): ModeDecision => {
  if (settings.mode !== undefined) return { mode: settings.mode, modeReason: "BROKER_MODE says so" };
  const sign = productionSign(settings, database);
  if (sign !== undefined) return { mode: "production", modeReason: sign };
  return {
    mode: "development",
    modeReason:
      "BROKER_MODE is unset, and the database, CONNECT_API_BASE and every listener are this machine's",
  };
};

const productionSign = (settings: Settings, database: DatabaseConfig): string | undefined => {
  if (settings.nodeEnv === "production") return "NODE_ENV is production";
  if (database.kind === "postgresql" && !isLocalDatabase(database.url.reveal()))
    return "BROKER_DATABASE_URL leads off this machine";
  if (settings.apiBase?.startsWith("https:")) return "CONNECT_API_BASE is https";
  const listeners = [
    ["BROKER_RPC_ADDR", settings.rpcAddress],
    ["BROKER_HTTP_ADDR", settings.httpAddress],
    ["BROKER_TELEMETRY_ADDR", settings.telemetryAddress],
  ] as const;
  const open = listeners.find(([, address]) => !isLocalAddress(address));
  return open && `${open[0]} is off loopback`;
};
