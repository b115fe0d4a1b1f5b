import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { catalog, findTemplate } from "../../src/catalog/index.ts";
import { startBrokerProcess } from "../support/broker-process.ts";
import { credentialsFor, credentialsForEveryProvider } from "../support/every-provider.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";

interface StartUp {
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
}

const CLOCK_TICKS_PER_SECOND = 100;
const MOST_RATIO = 1.2;
/** A machine that has other work to do measures more, and never less: it is given further runs. */
const FEWEST_RUNS = 3;
const MOST_RUNS = 10;
const KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

/** User and system time so far: fields 14 and 15 of `stat`, behind the name in parentheses. */
const cpuSecondsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
};

const memoryMiBOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

describe.runIf(process.platform === "linux")("starting with every provider", () => {
  let url: string;
  beforeAll(async () => {
    url = await createDatabase(await postgresServerUrl());
  });

  const start = async (credentials: Readonly<Record<string, string>>): Promise<StartUp> => {
    await using broker = await startBrokerProcess({
      env: { BROKER_DATABASE_URL: url, CONNECT_TOKEN_ENCRYPTION_KEY: KEY, ...credentials },
    });
    return { cpuSeconds: cpuSecondsOf(broker.pid), memoryMiB: memoryMiBOf(broker.pid) };
  };

  it("costs little more than with one", async () => {
    const one = credentialsFor(findTemplate("github")!);
    const every = credentialsForEveryProvider();
    await start(one);
    const runs: { one: StartUp; every: StartUp }[] = [];
    const least = (kind: "one" | "every", figure: keyof StartUp): number =>
      Math.min(...runs.map((run) => run[kind][figure]));
    const ratio = (): number => least("every", "cpuSeconds") / least("one", "cpuSeconds");
    while (runs.length < FEWEST_RUNS || (runs.length < MOST_RUNS && ratio() > MOST_RATIO))
      runs.push({ one: await start(one), every: await start(every) });
    console.info(
      `start-up: ${least("one", "cpuSeconds").toFixed(2)} s of CPU and ${least("one", "memoryMiB").toFixed(0)} MiB with one provider, ` +
        `${least("every", "cpuSeconds").toFixed(2)} s and ${least("every", "memoryMiB").toFixed(0)} MiB with ${catalog.size} (${((ratio() - 1) * 100).toFixed(0)} % more)`,
    );
    expect(ratio()).toBeLessThanOrEqual(MOST_RATIO);
  });
});
