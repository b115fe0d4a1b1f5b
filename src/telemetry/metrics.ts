import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { named } from "./provider-name.ts";

/** Every counter and gauge of the process, by name in `/metrics`. Labels never hold a user, a connection or a token. */
export interface Metrics {
  /** `tokenbroker_rpc_calls_total{method,code}`: code is the Connect code, "ok" for success. */
  readonly rpcCalls: Counter<"method" | "code">;
  readonly rpcDurationSeconds: Histogram<"method">;
  /** `tokenbroker_refreshes_total{provider,outcome}`. */
  readonly refreshes: ProviderCounter<"outcome">;
  /** `tokenbroker_connection_transitions_total{provider,status}`: a grant entered this state, `revoked` being the last. */
  readonly transitions: ProviderCounter<"status">;
  /** `tokenbroker_provider_blocked{provider}`: how many of its client credentials are refused and not used at present; on every replica alike. */
  readonly providerBlocked: ProviderGauge;
  /** `tokenbroker_provider_held{provider}`: 1 while its rejections are not believed; on every replica alike. */
  readonly providerHeld: ProviderGauge;
  /** `tokenbroker_provider_transitions_total{provider,state}`: blocked, unblocked, held, released; counted by the replica that noticed. */
  readonly providerTransitions: ProviderCounter<"state">;
  /** `tokenbroker_client_secret_expiry_timestamp_seconds{provider}`: when the client secret ends, where the operator said so. */
  readonly clientSecretExpiry: Gauge<"provider">;
  /** `tokenbroker_authorizations_total{provider,outcome}`: started, succeeded, failed. */
  readonly authorizations: ProviderCounter<"outcome">;
  /** `tokenbroker_account_changes_total{provider,outcome}`: authorizations of a connection by another account: changed, refused, unpinned. */
  readonly accountChanges: ProviderCounter<"outcome">;
  /** `tokenbroker_callbacks_total{outcome}`. */
  readonly callbacks: Counter<"outcome">;
  /** `tokenbroker_job_runs_total{job,outcome}`. */
  readonly jobRuns: Counter<"job" | "outcome">;
  /** How long the token that was due the longest had been due when the last sweep began. */
  readonly sweepLagSeconds: Gauge;
  /** `tokenbroker_audit_failures_total{sink}`: records that a sink did not take. */
  readonly auditFailures: Counter<"sink">;
  /** `tokenbroker_watch_streams`: open streams of WatchToken, WatchTokens and WatchConnections. */
  readonly watchStreams: Gauge;
  /** `tokenbroker_watched_tokens`: watches on the open streams. */
  readonly watchedTokens: Gauge;
  readonly databasePool: Gauge<"state">;
  /** `tokenbroker_instance_paused`: 1 while the database belongs to another `BROKER_INSTANCE_ID`, and nothing is refreshed. */
  readonly instancePaused: Gauge;
  /** The Prometheus text format. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface ProviderCounter<L extends string> {
  /** By `by`, or by one. */
  inc(labels: Readonly<Record<L | "provider", string>>, by?: number): void;
}

export interface ProviderGauge {
  inc(labels: { readonly provider: string }): void;
  /** Of all providers. */
  reset(): void;
}

export interface PoolUse {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface MetricsOptions {
  /** Read when `/metrics` is scraped. */
  readonly poolUse?: () => PoolUse | undefined;
}

export const createMetrics = (options: MetricsOptions = {}): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string): ProviderGauge => {
    const shown = new Gauge({ name: `tokenbroker_${name}`, help, labelNames: ["provider"], registers });
    return { inc: (labels) => shown.inc(named(labels)), reset: () => shown.reset() };
  };
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `tokenbroker_${name}`, help, labelNames: [...labelNames], registers });
  const byProvider = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
  ): ProviderCounter<L> => {
    const counted = counter(name, help, ["provider", ...labelNames]);
    return { inc: (labels, by) => counted.inc(named(labels), by) };
  };
  return {
    rpcCalls: counter("rpc_calls_total", "RPCs answered, by method and Connect code.", ["method", "code"]),
    rpcDurationSeconds: new Histogram({
      name: "tokenbroker_rpc_duration_seconds",
      help: "Time from request headers to answer.",
      labelNames: ["method"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers,
    }),
    refreshes: byProvider("refreshes_total", "Refreshes of access tokens, by outcome.", ["outcome"]),
    transitions: byProvider("connection_transitions_total", "Grants that entered a state.", ["status"]),
    providerBlocked: gauge("provider_blocked", "Client credentials that the provider refuses."),
    providerHeld: gauge("provider_held", "Whether the provider's rejections are doubted."),
    providerTransitions: byProvider("provider_transitions_total", "Blocks and holds that began or ended.", [
      "state",
    ]),
    authorizations: byProvider("authorizations_total", "Authorizations by how they went.", ["outcome"]),
    accountChanges: byProvider(
      "account_changes_total",
      "Authorizations of a connection by another account than before.",
      ["outcome"],
    ),
    clientSecretExpiry: new Gauge({
      name: "tokenbroker_client_secret_expiry_timestamp_seconds",
      help: "When the client secret ends at the provider, as configured, in seconds since 1970.",
      labelNames: ["provider"],
      registers,
    }),
    callbacks: counter("callbacks_total", "Requests at the public callback, by outcome.", ["outcome"]),
    jobRuns: counter("job_runs_total", "Runs of background jobs.", ["job", "outcome"]),
    sweepLagSeconds: new Gauge({
      name: "tokenbroker_sweep_lag_seconds",
      help: "How long the longest due token had been due when the last refresh sweep began.",
      registers,
    }),
    instancePaused: new Gauge({
      name: "tokenbroker_instance_paused",
      help: "Whether the database belongs to another instance and nothing is refreshed.",
      registers,
    }),
    auditFailures: counter("audit_failures_total", "Audit records that a sink did not take.", ["sink"]),
    watchStreams: new Gauge({
      name: "tokenbroker_watch_streams",
      help: "Open streams of the watching RPCs.",
      registers,
    }),
    watchedTokens: new Gauge({
      name: "tokenbroker_watched_tokens",
      help: "Tokens watched by open streams, each stream counted.",
      registers,
    }),
    databasePool: new Gauge({
      name: "tokenbroker_database_pool_connections",
      help: "Database connections by state.",
      labelNames: ["state"],
      registers,
      collect() {
        const use = options.poolUse?.();
        if (!use) return;
        this.set({ state: "used" }, use.used);
        this.set({ state: "idle" }, use.idle);
        this.set({ state: "waiting" }, use.waiting);
      },
    }),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
};
