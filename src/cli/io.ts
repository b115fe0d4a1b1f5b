/** What a command touches of the process, so that a test can stand in for it. */
export interface CommandIo {
  /** To standard output: what was asked for. */
  print(text: string): void;
  /** To standard error: what went wrong. */
  complain(text: string): void;
  /** Replaces the last line of the terminal on standard error; absent = there is none. */
  redraw?(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const processIo: CommandIo = {
  print: (text) => void process.stdout.write(`${text}\n`),
  complain: (text) => void process.stderr.write(`${text}\n`),
  ...(process.stderr.isTTY && { redraw: (text: string) => void process.stderr.write(`\r\u001b[2K${text}`) }),
  environment: process.env,
};

/** The command did what was asked, told it, and the answer is no: the process ends with 1. */
export class NegativeAnswer extends Error {
  constructor() {
    super("the answer is no");
    this.name = "NegativeAnswer";
  }
}

/** What the process ends with. `unsaved`: rotated refresh tokens ended with it. */
export const EXIT = { ok: 0, failed: 1, misused: 2, unsaved: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
