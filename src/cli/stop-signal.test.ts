import { describe, expect, it } from "vitest";
import { silentLogger } from "../telemetry/index.ts";
import { listenForStop } from "./stop-signal.ts";

describe("listenForStop", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "hears %s once, and forces the end at the second",
    async (signal) => {
      let forced = 0;
      using stop = listenForStop(silentLogger, () => {
        forced += 1;
      });
      process.emit(signal, signal);
      expect(await stop.received).toBe(signal);
      expect(forced).toBe(0);
      process.emit("SIGTERM", "SIGTERM");
      expect(forced).toBe(1);
    },
  );

  it("leaves nothing behind", () => {
    const before = process.listenerCount("SIGTERM");
    const stop = listenForStop(silentLogger, () => {});
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    stop[Symbol.dispose]();
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
