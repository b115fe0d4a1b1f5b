/** How the demo looks: numbered steps with aligned facts below them. Colour on a terminal only, and never with NO_COLOR. */
import { styleText } from "node:util";

const LABEL_WIDTH = 15;
const INDENT = "     ";

type Style = Parameters<typeof styleText>[0];

export interface Paper {
  title(text: string): void;
  /** Begins the next numbered step. */
  step(text: string): void;
  fact(label: string, value: string): void;
  /** A line below the step, such as one hop of the browser. */
  line(text: string): void;
  /** What was shown by the step; green. */
  shown(text: string): void;
  /** Something to copy into a terminal, with what it does above it. */
  command(what: string, command: string): void;
  /** Counts down on a terminal; elsewhere it only waits. */
  wait(ms: number, what: string): Promise<void>;
  blank(): void;
}

export function createPaper(output: NodeJS.WriteStream = process.stdout): Paper {
  const style = (format: Style, text: string) => styleText(format, text, { stream: output });
  const print = (text: string) => void output.write(`${text}\n`);
  let steps = 0;
  return {
    title: (text) => print(`\n${style("bold", text)}`),
    step: (text) => {
      steps += 1;
      print(`\n${style(["bold", "cyan"], String(steps).padStart(3))}  ${style("bold", text)}`);
    },
    fact: (label, value) => print(`${INDENT}${style("dim", label.padEnd(LABEL_WIDTH))} ${value}`),
    line: (text) => print(INDENT + text),
    shown: (text) => print(`${INDENT}${style("green", `✓ ${text}`)}`),
    command: (what, command) => print(`\n  ${style("dim", `# ${what}`)}\n  ${command}`),
    wait: (ms, what) => countDown(output, ms, (left) => `${INDENT}${style("dim", `${what} ${left} s`)}`),
    blank: () => print(""),
  };
}

async function countDown(
  output: NodeJS.WriteStream,
  ms: number,
  text: (secondsLeft: number) => string,
): Promise<void> {
  const end = performance.now() + ms;
  if (!output.isTTY) {
    output.write(`${text(Math.ceil(ms / 1000))}\n`);
  }
  for (let left = ms; left > 0; left = end - performance.now()) {
    if (output.isTTY) {
      output.write(`\r\u001B[K${text(Math.ceil(left / 1000))}`);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, 1000)));
  }
  if (output.isTTY) {
    output.write("\r\u001B[K");
  }
}

/** The ends of a secret, enough to tell two apart and too little to use one. */
export function shortened(secret: string): string {
  return secret.length < 24 ? "…" : `${secret.slice(0, 6)}…${secret.slice(-4)}`;
}
