import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { systemIds } from "../../src/base/index.ts";
import { Extensions, type BulkInput } from "../../src/core/extensions/index.ts";
import { openStore } from "../../src/store/index.ts";

/**
 * What provisioning costs, through the service and a database file: passwords, HA1, one durable transaction.
 * Fails if the range came out wrong by one at either end.
 */
const runs = 5;

async function provision(
  folder: string,
  input: BulkInput,
): Promise<{ milliseconds: number; created: number }> {
  const store = await openStore({ path: join(folder, "patchcord.db") });
  try {
    let told = 0;
    const extensions = new Extensions({
      repository: store.extensions,
      domain: "patchcord.local",
      proxyAccount: "1000",
      proxySecret: systemIds.secret(24),
      ids: systemIds,
      changed: (_domain, numbers) => {
        told += numbers.length;
      },
    });
    const start = performance.now();
    const { created, credentials } = await extensions.bulk(input);
    const milliseconds = performance.now() - start;
    const ends = [Number(input.from) - 1, Number(input.from), Number(input.to), Number(input.to) + 1];
    const present = await Promise.all(
      ends.map(
        async (number) => (await store.extensions.get("patchcord.local", String(number))) !== undefined,
      ),
    );
    if (present.join() !== "false,true,true,false")
      throw new Error(`off by one: ${ends.join()} → ${present.join()}`);
    const size = Number(input.to) - Number(input.from) + 1;
    if (created !== size || told !== size || credentials.length !== size - 1) {
      throw new Error(`created ${created}, told ${told}, credentials ${credentials.length} of ${size}`);
    }
    return { milliseconds, created };
  } finally {
    await store.close();
  }
}

async function measure(input: BulkInput, times: number): Promise<void> {
  const took: number[] = [];
  let size = 0;
  for (let run = 0; run < times; run += 1) {
    const folder = mkdtempSync(join(tmpdir(), "patchcord-provision-"));
    try {
      const { milliseconds, created } = await provision(folder, input);
      took.push(milliseconds);
      size = created;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const sorted = took.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const slowest = sorted.at(-1) ?? Number.NaN;
  console.log(
    `${size} extensions (${input.from}-${input.to}): median ${median.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms of ${times} runs`,
  );
  console.log(
    JSON.stringify({
      figure: `provision-${size}`,
      value: Math.round(median),
      unit: "ms",
      peer: null,
      ratio: null,
    }),
  );
}

await measure({ from: "1000", to: "2599" }, runs);
await measure({ from: "1000", to: "100999" }, 1);
