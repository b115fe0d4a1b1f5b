import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** For each line of standard input, what is resident after everything that nobody holds has been given back. */
export const tellMemory = (): void => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  createInterface({ input: process.stdin }).on("line", (question) => {
    for (let n = 0; n < 3; n += 1) collect();
    const { rss, heapUsed } = process.memoryUsage();
    console.log(JSON.stringify({ level: "info", event: "memory", question, rss, heap_used: heapUsed }));
  });
};
