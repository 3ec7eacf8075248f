/**
 * Processor time per relayed packet of our media path, of werift as shipped, of FreeSWITCH's own SRTP and of
 * rtpengine: SRTP (AES_CM_128_HMAC_SHA1_80) on the one side, RTP in the clear on the other, 160 bytes of G.711 every
 * 20 ms, both ways. Each round measures every relay once, in turn, in a process of its own; ratios are of the two
 * runs of one round, so that what else the machine does falls on both. A run that lost a packet is made again.
 *
 *   npm run bench:media -- [--quick] [--rounds N] [--seconds N] [--calls N,N] [--only NAME,NAME]
 */
import { parseArgs } from "node:util";
import { reasonOf } from "../../src/base/index.ts";
import { summary, type Summary } from "./media/figures.ts";
import { forkedRelay } from "./media/forked-relay.ts";
import { Forked } from "./media/forked.ts";
import { freeswitch, freeswitchWithoutTimer } from "./media/freeswitch.ts";
import type { FromGenerator, ToGenerator } from "./media/messages.ts";
import type { Peer } from "./media/peer.ts";
import { processorTime } from "./media/processor-time.ts";
import { rtpengine } from "./media/rtpengine.ts";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    calls: { type: "string", default: "50,150" },
    only: { type: "string" },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 2 : 7));
const seconds = Number(given.seconds ?? (given.quick ? 2 : 6));
const loads = given.calls.split(",").map(Number);
const attempts = 3;
/** What we want to be at most, times the other's. */
const targets: Readonly<Record<string, number>> = { rtpengine: 1.8, freeswitch: 0.6 };

const ours = "patchcord";
const all: readonly Peer[] = [
  forkedRelay(ours, "relay-patchcord"),
  forkedRelay("werift", "relay-werift"),
  freeswitch,
  freeswitchWithoutTimer,
  rtpengine,
];
const wanted = given.only?.split(",");
const peers = all.filter((peer) => {
  if (wanted && !wanted.includes(peer.name)) return false;
  const missing = peer.missing();
  if (missing !== null) console.log(`skipped: ${peer.name}: ${missing}`);
  return missing === null;
});

const told = new Set<string>();
function tellCommand(peer: Peer, calls: number, command: string): void {
  const line = `${peer.name}, ${calls} calls: ${command}`;
  if (!told.has(`${peer.name} ${calls}`)) console.log(line);
  told.add(`${peer.name} ${calls}`);
}

/** Microseconds per packet. Throws when a packet was lost or not authentic. */
async function run(peer: Peer, calls: number): Promise<number> {
  const relay = await peer.start(calls);
  const generator = new Forked<ToGenerator, FromGenerator>("generator");
  try {
    tellCommand(peer, calls, relay.command);
    generator.say({ type: "open", calls, keying: peer.keying });
    const { calls: ends } = await generator.hear("opened");
    generator.say({ type: "connect", calls: await relay.relay(ends) });
    await generator.hear("connected");
    generator.say({ type: "run", warmUpSeconds: 1.5, seconds });
    await generator.hear("measuring");
    const before = processorTime(relay.pid);
    await generator.hear("measured");
    const used = processorTime(relay.pid) - before;
    const { counts } = await generator.hear("counted");
    const { sent, received, faults } = counts;
    if (sent === 0 || received !== sent || Object.keys(faults).length > 0) {
      throw new Error(`${sent} packets sent, ${received} came back whole, ${JSON.stringify(faults)}`);
    }
    return used / sent;
  } finally {
    await Promise.all([generator.stop(), relay.stop()]);
  }
}

/** Null: no attempt came through whole; the round does without this relay. */
async function measured(peer: Peer, calls: number): Promise<number | null> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      return await run(peer, calls);
    } catch (error) {
      console.log(`not counted: ${peer.name}, ${calls} calls: ${reasonOf(error)}`);
    }
  }
  return null;
}

const rounded = (value: number): number => Number(value.toFixed(2));
const span = ({ median, low, high }: Summary): string =>
  `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;

const counted = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

function ratios(mine: readonly (number | null)[], theirs: readonly (number | null)[]): number[] {
  return counted(
    mine.map((value, round) => {
      const other = theirs[round] ?? null;
      return value === null || other === null ? null : value / other;
    }),
  );
}

function verdict(name: string, ratio: Summary | null): string {
  const target = targets[name];
  if (target === undefined || !ratio) return "";
  return `at most ${target}: ${ratio.median <= target ? "met" : "missed"}`;
}

const table: Record<string, unknown>[] = [];
for (const calls of loads) {
  const results = new Map(peers.map(({ name }) => [name, [] as (number | null)[]]));
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes first in one round comes last in the next.
    for (const [at, peer] of (round % 2 === 0 ? peers : peers.toReversed()).entries()) {
      const values = results.get(peer.name) ?? [];
      values[round] = await measured(peer, calls);
      process.stderr.write(`${calls} calls, round ${round + 1} of ${rounds}: ${at + 1} of ${peers.length}\n`);
    }
  }
  const mine = results.get(ours) ?? [];
  for (const [name, all] of results) {
    const values = counted(all);
    const pairs = name === ours ? [] : ratios(mine, all);
    if (values.length === 0) {
      console.log(`no figure: ${name}, ${calls} calls: every run lost packets`);
      process.exitCode = 1;
      continue;
    }
    const value = summary(values);
    const ratio = pairs.length > 0 ? summary(pairs) : null;
    console.log(
      JSON.stringify({
        figure: `processor time per relayed packet, ${calls} calls, ${name}`,
        value: rounded(value.median),
        unit: "µs",
        peer: ratio ? name : null,
        ratio: ratio ? rounded(ratio.median) : null,
        interval: [rounded(value.low), rounded(value.high)],
        ratioInterval: ratio ? [rounded(ratio.low), rounded(ratio.high)] : null,
        runs: values.length,
        pairs: pairs.length,
      }),
    );
    table.push({
      relay: name,
      calls,
      "µs per packet": span(value),
      "ours / it": ratio ? span(ratio) : "",
      target: verdict(name, ratio),
      runs: values.length,
    });
  }
}
console.table(table);
