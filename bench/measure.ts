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
  /** The same of the subject's `emptyRpc`; undefined where it has none. */
  timesEmptyRpc: Spread | undefined;
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
  const samplesOf = (subject: Subject) => samples.get(subject) ?? [];
  return list.map((subject) => ({
    name: subject.name,
    ...summarise(samplesOf(subject)),
    timesFloor: ratio(samplesOf(subject), samplesOf(floor)),
    timesEmptyRpc: subject.emptyRpc && ratio(samplesOf(subject), samplesOf(subject.emptyRpc)),
  }));
}

async function sampleOf({ server, call }: Subject, load: Load): Promise<Sample> {
  const cpuBefore = await server.cpuMicroseconds();
  const began = performance.now();
  const calls = await applyLoad(server.origin, call, load);
  const seconds = (performance.now() - began) / 1000;
  const cpu = (await server.cpuMicroseconds()) - cpuBefore;
  return { cpuMicrosecondsPerCall: cpu / calls, callsPerSecond: calls / seconds };
}

function summarise(samples: Sample[]) {
  return {
    cpuMicrosecondsPerCall: spread(samples.map((sample) => sample.cpuMicrosecondsPerCall)),
    callsPerSecond: spread(samples.map((sample) => sample.callsPerSecond)),
  };
}

function ratio(samples: Sample[], base: Sample[]): Spread {
  const ratios = samples.map(
    ({ cpuMicrosecondsPerCall }, round) =>
      cpuMicrosecondsPerCall / (base[round]?.cpuMicrosecondsPerCall ?? Number.NaN),
  );
  return spread(ratios);
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
