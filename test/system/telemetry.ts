/** What a platform sees of a broker: its probes and its metrics. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { Client, credentials, type MethodDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { expect } from "vitest";
import { type BrokerProcess } from "../support/broker-process.ts";
import { recordOutput } from "../support/canaries.ts";
import { PATIENCE } from "./deployment.ts";

type Telemetry = Pick<BrokerProcess, "telemetryUrl">;

export interface Probe {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export const probe = async ({ telemetryUrl }: Telemetry, name: "live" | "ready"): Promise<Probe> => {
  const response = await fetch(`${telemetryUrl}/healthz/${name}`);
  return { status: response.status, body: (await response.json()) as Probe["body"] };
};

interface Sample {
  readonly value?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Family {
  readonly name: string;
  readonly type: string;
  readonly metrics: readonly Sample[];
}

const parse = createRequire(import.meta.url)("parse-prometheus-text-format") as (text: string) => Family[];

/** The sum of all samples of a family that have these labels; undefined when the family is not there. */
export type ReadMetric = (family: string, labels?: Readonly<Record<string, string>>) => number | undefined;

/** Scrapes `/metrics` as Prometheus does; throws when what comes back is not its text format. */
export const scrape = async ({ telemetryUrl }: Telemetry): Promise<ReadMetric> => {
  const response = await fetch(`${telemetryUrl}/metrics`);
  const text = await response.text();
  recordOutput(`metrics of ${telemetryUrl}`, text);
  if (!response.headers.get("content-type")?.startsWith("text/plain"))
    throw new Error(`/metrics answered ${response.status} ${response.headers.get("content-type")}`);
  const families = parse(text);
  return (name, labels = {}) => {
    const family = families.find((candidate) => candidate.name === name);
    const samples = family?.metrics.filter((sample) => hasLabels(sample, labels));
    return samples?.reduce((sum, { value }) => sum + Number(value ?? 0), 0);
  };
};

const hasLabels = (sample: Sample, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => sample.labels?.[name] === value);

/** A replica sweeps for the first time within 5 s of its start, and might be the one that refreshes what a test wants to see refreshed by a call. */
export const firstSweepOver = async (telemetry: Telemetry): Promise<void> => {
  const runs = async () =>
    (await scrape(telemetry))("tokenbroker_job_runs_total", { job: "connect:refresh_tokens" });
  await expect.poll(runs, PATIENCE).toBeGreaterThan(0);
};

export interface HealthWatch extends Disposable {
  /** What gRPC health said so far, oldest first: `SERVING`, `NOT_SERVING`. */
  readonly statuses: readonly string[];
  /** Resolves when the stream has ended, however it did. */
  readonly ended: Promise<void>;
}

/** A client that stays connected and follows grpc.health.v1, as gRPC clients with health checking do. */
export const watchHealth = ({ rpcAddress }: Pick<BrokerProcess, "rpcAddress">): HealthWatch => {
  const definition = loadSync("grpc/health/v1/health.proto", {
    includeDirs: [join(import.meta.dirname, "../../proto")],
    enums: String,
  });
  const service = definition["grpc.health.v1.Health"] as unknown as Record<
    string,
    MethodDefinition<object, { status: string }>
  >;
  const { path, requestSerialize, responseDeserialize } = service["Watch"]!;
  const client = new Client(rpcAddress, credentials.createInsecure());
  const statuses: string[] = [];
  const ended = Promise.withResolvers<void>();
  const stream = client
    .makeServerStreamRequest(path, requestSerialize, responseDeserialize, {})
    .on("data", ({ status }: { status: string }) => statuses.push(status))
    .on("error", () => ended.resolve())
    .on("end", () => ended.resolve());
  return {
    statuses,
    ended: ended.promise,
    [Symbol.dispose]: () => {
      stream.cancel();
      client.close();
    },
  };
};
