import { setTimeout as sleep } from "node:timers/promises";
import { type Spread, spread } from "../measure.ts";
import { type Subject } from "./subjects.ts";

export interface Plan {
  rounds: number;
  /** Of one sample; less where a broker is done before. */
  durationMs: number;
}

/** One sweep for a while. */
export interface Sample {
  refreshesPerSecond: number;
  /** Of the broker's process. */
  cpuMillisecondsPerRefresh: number;
  statementsPerRefresh: number | undefined;
}

export interface Result {
  name: string;
  refreshesPerSecond: Spread;
  /** Calls at a time ÷ latency; undefined where there is no latency. */
  limitPerSecond: number | undefined;
  /** As a multiple of what the same sweep does one refresh after the other, in the same round; undefined for that one itself. */
  timesOneAtATime: Spread | undefined;
  cpuMillisecondsPerRefresh: Spread;
  statementsPerRefresh: Spread | undefined;
}

const POLL_MS = 100;
const START_TIMEOUT_MS = 30_000;

/** A sample ends when so much is refreshed: claims from the few rows that are left would be smaller than usual. */
const NEARLY_ALL = 0.9;

/** A sweep is up to speed when it has made so many refreshes for each that it may have under way. */
const RAMP_TURNS = 3;

/**
 * Every round measures every subject once, one after the other; ratios are taken within a round. A round of warming up is not counted: in it the brokers
 * also learn how much their providers take.
 */
export async function measure(
  subjects: readonly Subject[],
  { rounds, durationMs }: Plan,
  progress: (text: string) => void,
): Promise<Result[]> {
  const samples = new Map<string, Sample[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const subject of subjects) {
      progress(`${round === 0 ? "warming up" : `round ${round} of ${rounds}`}: ${subject.name}`);
      const sample = await sampleOf(subject, durationMs);
      if (round > 0) {
        samples.get(subject.name)?.push(sample);
      }
    }
  }
  return subjects.map((subject) => {
    const base = subject.oneAtATime && samples.get(subject.oneAtATime.name);
    return summarise(subject, samples.get(subject.name) ?? [], base);
  });
}

async function sampleOf(subject: Subject, durationMs: number): Promise<Sample> {
  const { name, mostCalls, rows } = subject;
  const beforeRamp = await refreshesOf(subject);
  const untilRefreshed = (count: number, timeoutMs: number) =>
    untilEnough(subject, beforeRamp + count, timeoutMs);
  await rows.makeDue();
  if (!(await untilRefreshed(RAMP_TURNS * mostCalls, START_TIMEOUT_MS))) {
    throw new Error(`${name}: the sweep does not get up to speed`);
  }
  const before = await readCounts(subject);
  await untilRefreshed(NEARLY_ALL * rows.count, durationMs);
  const after = await readCounts(subject);
  await rows.takeBack();
  const refreshes = after.refreshes - before.refreshes;
  return {
    refreshesPerSecond: refreshes / ((after.atMs - before.atMs) / 1000),
    cpuMillisecondsPerRefresh: (after.cpuMicroseconds - before.cpuMicroseconds) / 1000 / refreshes,
    statementsPerRefresh:
      after.statements === undefined || before.statements === undefined
        ? undefined
        : (after.statements - before.statements) / refreshes,
  };
}

/** False when the time is over first. */
async function untilEnough(subject: Subject, refreshes: number, timeoutMs: number): Promise<boolean> {
  const endMs = performance.now() + timeoutMs;
  while (performance.now() < endMs) {
    if ((await refreshesOf(subject)) >= refreshes) {
      return true;
    }
    await sleep(POLL_MS);
  }
  return false;
}

async function readCounts(subject: Subject) {
  const [refreshes, cpuMicroseconds, statements] = await Promise.all([
    refreshesOf(subject),
    subject.server.cpuMicroseconds(),
    subject.statements(),
  ]);
  return { atMs: performance.now(), refreshes, cpuMicroseconds, statements };
}

/** As its providers count them; one that they refuse ends the run. */
async function refreshesOf({ name, vendors }: Subject): Promise<number> {
  const counters = await Promise.all(vendors.map((vendor) => vendor.counters()));
  const verdicts = counters.flatMap((counter) => Object.entries(counter.verdicts));
  const other = verdicts.find(([verdict]) => verdict !== "issued");
  if (other) {
    throw new Error(`${name}: the provider's verdict on ${other[1]} refreshes is "${other[0]}"`);
  }
  return verdicts.reduce((sum, [, count]) => sum + count, 0);
}

function summarise(subject: Subject, samples: Sample[], base: Sample[] | undefined): Result {
  const { name, latencyMs, mostCalls } = subject;
  const counted = samples.flatMap(({ statementsPerRefresh = [] }) => statementsPerRefresh);
  return {
    name,
    refreshesPerSecond: spread(samples.map((sample) => sample.refreshesPerSecond)),
    limitPerSecond: latencyMs === 0 ? undefined : mostCalls / (latencyMs / 1000),
    timesOneAtATime:
      base &&
      spread(
        samples.map(
          (sample, round) => sample.refreshesPerSecond / (base[round]?.refreshesPerSecond ?? Number.NaN),
        ),
      ),
    cpuMillisecondsPerRefresh: spread(samples.map((sample) => sample.cpuMillisecondsPerRefresh)),
    statementsPerRefresh: counted.length === 0 ? undefined : spread(counted),
  };
}
