import type { Logger, Metrics } from "../telemetry/index.ts";
import { DAY, SECOND } from "../time.ts";

export interface EndingSecret {
  readonly provider: string;
  readonly endsAt: Date;
}

export interface EndingSecretsOptions {
  readonly secrets: readonly EndingSecret[];
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "clientSecretExpiry">;
  /** Default: now by this process's own clock, which is good enough for days. */
  readonly nowMs?: number;
}

const WARN_AHEAD_MS = 30 * DAY;

/** One line for each client secret that ends within 30 days, or has ended; answers how many. The metric has them all. */
export const warnOfEndingSecrets = ({
  secrets,
  logger,
  metrics,
  nowMs = Date.now(),
}: EndingSecretsOptions): number => {
  for (const { provider, endsAt } of secrets)
    metrics.clientSecretExpiry.set({ provider }, endsAt.getTime() / SECOND);
  const soon = secrets.filter(({ endsAt }) => endsAt.getTime() - nowMs < WARN_AHEAD_MS);
  for (const { provider, endsAt } of soon) {
    const days = Math.ceil((endsAt.getTime() - nowMs) / DAY);
    logger.warn(days > 0 ? "client secret ends soon" : "client secret has ended", {
      provider,
      message: `${endsAt.toISOString()}: make a new secret at the vendor, set it, and correct CLIENT_SECRET_EXPIRES_AT`,
    });
  }
  return soon.length;
};
