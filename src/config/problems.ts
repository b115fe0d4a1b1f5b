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
  /** What was noticed besides; it may explain a problem. */
  readonly warnings: readonly string[];

  constructor(problems: readonly ConfigProblem[], warnings: readonly string[] = []) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`the configuration has ${count}:\n${problems.map(sentence).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
    this.warnings = warnings;
  }
}

/** Collects while everything is read, so that one start shows all mistakes. */
export class Findings {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: string[] = [];
  readonly notices: string[] = [];

  problem(variable: string, problem: string, cure: string): void {
    this.problems.push({ variable, problem, cure });
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  notice(text: string): void {
    this.notices.push(text);
  }

  throwIfAny(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems, this.warnings);
  }
}
