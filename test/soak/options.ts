import { parseArgs } from "node:util";

export interface SoakOptions {
  readonly minutes: number;
  readonly replicas: number;
  readonly connections: number;
  /** Life of an access token. */
  readonly tokenSeconds: number;
  readonly callsPerSecond: number;
  /** How long the provider still takes a spent refresh token; 0 = not at all. */
  readonly graceSeconds: number;
  /** On average; 0 = no kills. */
  readonly killEverySeconds: number;
  /** 0 = the database stays up. */
  readonly restartEveryMinutes: number;
}

export interface SoakCommand extends SoakOptions {
  readonly write: boolean;
}

export const USAGE = `usage: npm run soak -- [options]
  --minutes 10           how long
  --replicas 4           two at least; one of them is never killed
  --connections 60
  --token-seconds 60     life of an access token
  --calls-per-second 200
  --grace-seconds 10     how long the provider still takes a spent refresh token; 0 = not at all
  --kill-every 15        seconds from one kill -9 to the next, give or take a third; 0 = none
  --restart-every 2.5    minutes from one restart of the database to the next; 0 = none
  --write                puts the result into docs/soak.md; without it nothing is written`;

const NUMBERS = {
  minutes: { type: "string", default: "10" },
  replicas: { type: "string", default: "4" },
  connections: { type: "string", default: "60" },
  "token-seconds": { type: "string", default: "60" },
  "calls-per-second": { type: "string", default: "200" },
  "grace-seconds": { type: "string", default: "10" },
  "kill-every": { type: "string", default: "15" },
  "restart-every": { type: "string", default: "2.5" },
} as const;

/** 0 switches these off. */
const OPTIONAL: ReadonlySet<string> = new Set(["grace-seconds", "kill-every", "restart-every"]);

/** undefined = only the usage is wanted. Throws an Error that names the option and the cure. */
export const readOptions = (args: readonly string[]): SoakCommand | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...NUMBERS,
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const read = (name: keyof typeof NUMBERS): number => readNumber(name, values[name]);
  const options = {
    minutes: read("minutes"),
    replicas: read("replicas"),
    connections: read("connections"),
    tokenSeconds: read("token-seconds"),
    callsPerSecond: read("calls-per-second"),
    graceSeconds: read("grace-seconds"),
    killEverySeconds: read("kill-every"),
    restartEveryMinutes: read("restart-every"),
    write: values.write,
  };
  if (options.replicas < 2) throw new Error("--replicas: expected 2 or more, one of which is never killed");
  return options;
};

const readNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (value > 0 || (value === 0 && OPTIONAL.has(name))) return value;
  throw new Error(
    `--${name} ${text}: expected a number ${OPTIONAL.has(name) ? "of 0 or more" : "above 0"}\n${USAGE}`,
  );
};
