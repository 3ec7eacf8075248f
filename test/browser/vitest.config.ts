import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  test: {
    name: "browser",
    // After all others: browsers that compete with them for the processor stutter.
    sequence: { groupOrder: 1 },
    include: ["test/browser/*.test.ts"],
    globalSetup: ["test/browser/harness/build.mjs"],
    // Sound is played and heard in real time: two browsers at a time are enough for two cores.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
