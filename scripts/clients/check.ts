import { type Ran, run, type RunOptions } from "../toolchains/index.ts";

/** One thing that is run of a client: a linter, its tests, an example. */
export interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly options?: RunOptions;
  /** What is wrong with what it said; default: nothing, if it ended with 0. */
  readonly problem?: (ran: Ran) => string | undefined;
}

export interface Checked {
  readonly name: string;
  readonly problem: string | undefined;
  readonly output: string;
  readonly seconds: number;
}

/** Tests say so of cases that they did not run: test/clients/README.md. */
const LEFT_OUT = /^.*LEFT OUT: (.*)$/gm;

/** One after the other, and none after one that failed: it would say the same again. */
export const runChecks = async (checks: readonly Check[]): Promise<Checked[]> => {
  const done: Checked[] = [];
  for (const check of checks) {
    const began = performance.now();
    const ran = await run(check.command, [...check.args], check.options);
    const problem = (check.problem ?? endedBadly)(ran);
    done.push({ name: check.name, problem, output: ran.output, seconds: (performance.now() - began) / 1000 });
    if (problem !== undefined) break;
  }
  return done;
};

export const endedBadly = ({ ok }: Ran): string | undefined => (ok ? undefined : "failed");

/** For linters that say nothing where nothing is wrong, and end with 0 even where something is. */
export const saidSomething = ({ ok, output }: Ran): string | undefined =>
  ok && output.trim() === "" ? undefined : "failed";

export const casesLeftOut = ({ output }: Checked): string[] => [
  ...new Set([...output.matchAll(LEFT_OUT)].map(([, why = ""]) => why)),
];
