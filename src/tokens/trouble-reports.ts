import { errorClass, type LogFields, type Logger, type Metrics } from "../telemetry/index.ts";

/** Whom it concerns. */
export interface ReportedProvider {
  readonly provider: string;
  /** Of the grant that brought it to light. */
  readonly namespace?: string;
}

export type ProviderState = "blocked" | "unblocked" | "held" | "released";

/** What is said about a whole provider: one log line and one count for each change of state, by the replica that brought it about. */
export interface TroubleReports {
  changed(state: ProviderState, about: ReportedProvider, fields?: LogFields): void;
  /** How a probe ended. */
  probed(outcome: string, about: ReportedProvider, fields?: LogFields): void;
  /** The database did not take note of something; it is found out again later. */
  missed(what: string, error: unknown, about: ReportedProvider): void;
}

const EVENTS: Readonly<Record<ProviderState, string>> = {
  blocked: "provider refuses the client, its credentials are not used for now",
  unblocked: "provider accepts the client again",
  held: "provider rejects most refreshes, its rejections are not believed for now",
  released: "provider refreshes again",
};

const ALARMING: ReadonlySet<ProviderState> = new Set(["blocked", "held"]);

export const createTroubleReports = (
  logger: Logger,
  metrics: Pick<Metrics, "providerTransitions">,
): TroubleReports => ({
  changed(state, { provider, namespace }, fields = {}) {
    metrics.providerTransitions.inc({ provider, state });
    const level = ALARMING.has(state) ? "error" : "info";
    logger[level](EVENTS[state], { provider, namespace, ...fields });
  },
  probed(outcome, { provider, namespace }, fields = {}) {
    logger.info("provider probed", { provider, namespace, outcome, ...fields });
  },
  missed(what, error, { provider, namespace }) {
    logger.warn(what, { provider, namespace, error_class: errorClass(error) });
  },
});
