import { defineConfig } from "vitest/config";
import { PlainLineReporter } from "./test/support/plain-line-reporter.ts";

const SECOND = 1000;

/** Tests beside their subject that start processes or servers of their own. */
const SEVERAL = "{src,test}/**/*.system.test.ts";

/** How long calls take while strangers flood the broker. */
const MEASURED = "test/system/floods.test.ts";

export default defineConfig({
  test: {
    globalSetup: "test/global-setup.ts",
    setupFiles: "test/support/setup.ts",
    reporters: ["default", new PlainLineReporter()],
    pool: "forks",
    maxWorkers: 2,
    teardownTimeout: 30 * SECOND,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: ["test/system/**", SEVERAL],
          testTimeout: 20 * SECOND,
          hookTimeout: 60 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts", SEVERAL],
          exclude: ["test/system/refresh/**", MEASURED],
          testTimeout: 120 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
      {
        extends: true,
        test: {
          // Each file has a fleet of replicas under load, or a flood, and compares what it measures: one at a time, after everything else.
          name: "refresh",
          include: ["test/system/refresh/**/*.test.ts", MEASURED],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 120 * SECOND,
          hookTimeout: 120 * SECOND,
        },
      },
    ],
  },
});
