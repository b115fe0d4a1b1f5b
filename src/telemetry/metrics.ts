import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Every counter and gauge of the process, by name in `/metrics`. Labels never hold a user, a connection or a token. */
export interface Metrics {
  /** `tokenbroker_rpc_calls_total{method,code}`: code is the Connect code, "ok" for success. */
  readonly rpcCalls: Counter<"method" | "code">;
  readonly rpcDurationSeconds: Histogram<"method">;
  /** `tokenbroker_refreshes_total{provider,outcome}`. */
  readonly refreshes: Counter<"provider" | "outcome">;
  /** `tokenbroker_connection_transitions_total{provider,status}`: a grant entered this state, `revoked` being the last. */
  readonly transitions: Counter<"provider" | "status">;
  /** `tokenbroker_provider_blocked{provider}`: how many of its client credentials are refused and not used at present; on every replica alike. */
  readonly providerBlocked: Gauge<"provider">;
  /** `tokenbroker_provider_held{provider}`: 1 while its rejections are not believed; on every replica alike. */
  readonly providerHeld: Gauge<"provider">;
  /** `tokenbroker_provider_transitions_total{provider,state}`: blocked, unblocked, held, released; counted by the replica that noticed. */
  readonly providerTransitions: Counter<"provider" | "state">;
  /** `tokenbroker_authorizations_total{provider,outcome}`: started, succeeded, failed. */
  readonly authorizations: Counter<"provider" | "outcome">;
  /** `tokenbroker_callbacks_total{outcome}`. */
  readonly callbacks: Counter<"outcome">;
  /** `tokenbroker_job_runs_total{job,outcome}`. */
  readonly jobRuns: Counter<"job" | "outcome">;
  /** How long the token that was due the longest had been due when the last sweep began. */
  readonly sweepLagSeconds: Gauge;
  /** `tokenbroker_audit_failures_total{sink}`: records that a sink did not take. */
  readonly auditFailures: Counter<"sink">;
  readonly databasePool: Gauge<"state">;
  /** The Prometheus text format. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
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
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
    new Gauge({ name: `tokenbroker_${name}`, help, labelNames: [...labelNames], registers });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `tokenbroker_${name}`, help, labelNames: [...labelNames], registers });
  return {
    rpcCalls: counter("rpc_calls_total", "RPCs answered, by method and Connect code.", ["method", "code"]),
    rpcDurationSeconds: new Histogram({
      name: "tokenbroker_rpc_duration_seconds",
      help: "Time from request headers to answer.",
      labelNames: ["method"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers,
    }),
    refreshes: counter("refreshes_total", "Refreshes of access tokens, by outcome.", ["provider", "outcome"]),
    transitions: counter("connection_transitions_total", "Grants that entered a state.", [
      "provider",
      "status",
    ]),
    providerBlocked: gauge("provider_blocked", "Client credentials that the provider refuses.", ["provider"]),
    providerHeld: gauge("provider_held", "Whether the provider's rejections are doubted.", ["provider"]),
    providerTransitions: counter("provider_transitions_total", "Blocks and holds that began or ended.", [
      "provider",
      "state",
    ]),
    authorizations: counter("authorizations_total", "Authorizations by how they went.", [
      "provider",
      "outcome",
    ]),
    callbacks: counter("callbacks_total", "Requests at the public callback, by outcome.", ["outcome"]),
    jobRuns: counter("job_runs_total", "Runs of background jobs.", ["job", "outcome"]),
    sweepLagSeconds: new Gauge({
      name: "tokenbroker_sweep_lag_seconds",
      help: "How long the longest due token had been due when the last refresh sweep began.",
      registers,
    }),
    auditFailures: counter("audit_failures_total", "Audit records that a sink did not take.", ["sink"]),
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
