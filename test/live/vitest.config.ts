import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    include: ["test/live/*.test.ts"],
    // One switch at a time: its phones sing in real time, and a starved one stutters.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: ["default", "test/live/harness/reporter.ts"],
  },
});
