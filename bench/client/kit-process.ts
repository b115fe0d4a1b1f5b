import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Connection } from "../../src/client/index.ts";
import type { Counts, KitDescription } from "../../src/testing/index.ts";

/** A kit that runs elsewhere, by its control API. */
export interface KitProcess extends AsyncDisposable {
  readonly kit: KitDescription;
  seed(count: number): Promise<Connection[]>;
  counts(): Promise<Counts>;
  reset(): Promise<void>;
}

/** @param databaseUrl undefined = the embedded database, in memory. */
export const startKitProcess = async (databaseUrl: string | undefined): Promise<KitProcess> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "kit.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...(databaseUrl !== undefined && { BENCH_DATABASE_URL: databaseUrl }) },
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { controlUrl, ...kit } = JSON.parse(line) as KitDescription & { controlUrl: string };
  const ask = async (method: string, path: string): Promise<unknown> => {
    const response = await fetch(`${controlUrl}${path}`, { method });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
    return await response.json();
  };
  return {
    kit,
    async seed(count) {
      const connections: Connection[] = [];
      while (connections.length < count) connections.push((await ask("POST", "/connections")) as Connection);
      return connections;
    },
    counts: async () => (await ask("GET", "/counts")) as Counts,
    reset: async () => void (await ask("POST", "/reset")),
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
};
