/** One thing that is wrong with the configuration. No text ever holds a value: a value may be a secret in the wrong place. */
export interface ConfigProblem {
  /** The variable to change. */
  readonly variable: string;
  /** What is wrong, as the rest of a sentence that begins with the variable's name. */
  readonly problem: string;
  /** What to do, as an imperative. */
  readonly cure: string;
}

const sentence = ({ variable, problem, cure }: ConfigProblem): string =>
  `  ${variable} ${problem}\n    ${cure}`;

/** Every problem of the configuration at once; `message` is the whole list, ready to print. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`the configuration has ${count}:\n${problems.map(sentence).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}
