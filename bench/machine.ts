import { availableParallelism, cpus, release, totalmem, type as osType } from "node:os";

/** The machine that results hold for. */
export function machine(): string {
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores of ${processor}, ${memory} GiB, ${osType()} ${release()}, Node ${process.versions.node}`;
}

export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
