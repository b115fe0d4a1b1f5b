import { applyLoad, type Load } from "./load.ts";
import { type Subject, type Subjects } from "./subjects.ts";

/** One subject under load for a while. */
export interface Sample {
  cpuMicrosecondsPerCall: number;
  callsPerSecond: number;
}

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export interface Result {
  name: string;
  cpuMicrosecondsPerCall: Spread;
  callsPerSecond: Spread;
  /** CPU per call as a multiple of the floor's in the same round. */
  timesFloor: Spread;
}

export interface Plan extends Load {
  rounds: number;
}

/**
 * Every round measures every subject once, one after the other, so that a machine that slows down or speeds up does so for all of
 * them; ratios are taken within a round. A round of warming up is not counted.
 */
export async function measure(
  { list, floor }: Subjects,
  { rounds, ...load }: Plan,
  progress: (text: string) => void,
): Promise<Result[]> {
  const samples = new Map<Subject, Sample[]>(list.map((subject) => [subject, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const subject of list) {
      progress(`${round === 0 ? "warming up" : `round ${round} of ${rounds}`}: ${subject.name}`);
      const sample = await sampleOf(subject, load);
      if (round > 0) {
        samples.get(subject)?.push(sample);
      }
    }
  }
  const floorSamples = samples.get(floor) ?? [];
  return list.map((subject) => summarise(subject.name, samples.get(subject) ?? [], floorSamples));
}

async function sampleOf({ server, call }: Subject, load: Load): Promise<Sample> {
  const cpuBefore = await server.cpuMicroseconds();
  const began = performance.now();
  const calls = await applyLoad(server.origin, call, load);
  const seconds = (performance.now() - began) / 1000;
  const cpu = (await server.cpuMicroseconds()) - cpuBefore;
  return { cpuMicrosecondsPerCall: cpu / calls, callsPerSecond: calls / seconds };
}

function summarise(name: string, samples: Sample[], floor: Sample[]): Result {
  const cpu = samples.map(({ cpuMicrosecondsPerCall }) => cpuMicrosecondsPerCall);
  return {
    name,
    cpuMicrosecondsPerCall: spread(cpu),
    callsPerSecond: spread(samples.map(({ callsPerSecond }) => callsPerSecond)),
    timesFloor: spread(
      cpu.map((value, round) => value / (floor[round]?.cpuMicrosecondsPerCall ?? Number.NaN)),
    ),
  };
}

/** The median of an even number of values is the mean of the middle two. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
  };
}
