/** The process that makes the calls' packets and checks every one that comes back. */
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { GeneratedCall } from "./generated-call.ts";
import type { Counts, FromGenerator, Relayed, ToGenerator } from "./messages.ts";

const frame = 20;
const coolDownSeconds = 1;
const say = (message: FromGenerator): void => {
  process.send?.(message);
};

// Sockets would keep it alive after the bench was killed.
process.once("disconnect", () => process.exit());

let calls: GeneratedCall[] = [];

async function connect(relayed: readonly Relayed[]): Promise<void> {
  // A few at a time: a burst of DTLS handshakes would run into their timeouts.
  for (let at = 0; at < calls.length; at += 10) {
    await Promise.all(
      calls.slice(at, at + 10).map(async (call, index) => {
        const one = relayed[at + index];
        if (!one) throw new Error("a call was not relayed");
        await call.connect(one);
      }),
    );
  }
}

/** Sends every call's packets each 20 ms, the calls spread over that time, until `until` (of performance.now). */
async function send(due: number[], until: number): Promise<void> {
  for (;;) {
    const now = performance.now();
    if (now >= until) return;
    for (const [index, call] of calls.entries()) {
      if ((due[index] ?? 0) > now) continue;
      call.send();
      due[index] = (due[index] ?? 0) + frame;
    }
    await sleep(1);
  }
}

function counts(): Counts {
  const faults: Record<string, number> = {};
  let [sent, received] = [0, 0];
  for (const direction of calls.flatMap((call) => [call.toPlain, call.toSecure])) {
    sent += direction.sent;
    received += direction.received;
    for (const [reason, count] of Object.entries(direction.faults))
      faults[reason] = (faults[reason] ?? 0) + count;
  }
  return { sent, received, faults };
}

async function run(warmUpSeconds: number, seconds: number): Promise<void> {
  const start = performance.now() + 50;
  const due = calls.map((_, index) => start + (frame * index) / calls.length);
  const directions = calls.flatMap((call) => [call.toPlain, call.toSecure]);
  const from = start + warmUpSeconds * 1000;
  await send(due, from);
  for (const direction of directions) direction.beginMeasuring();
  say({ type: "measuring" });
  await send(due, from + seconds * 1000);
  for (const direction of directions) direction.endMeasuring();
  say({ type: "measured" });
  // A relay with a clock of its own sends the last ones when others follow.
  await send(due, from + (seconds + coolDownSeconds) * 1000);
  say({ type: "counted", counts: counts() });
}

async function obey(message: ToGenerator): Promise<void> {
  if (message.type === "open") {
    calls = Array.from({ length: message.calls }, (_, index) => new GeneratedCall(index));
    say({ type: "opened", calls: await Promise.all(calls.map((call) => call.open(message.keying))) });
  } else if (message.type === "connect") {
    await connect(message.calls);
    say({ type: "connected" });
  } else await run(message.warmUpSeconds, message.seconds);
}

for (;;) {
  const [message] = (await once(process, "message")) as [ToGenerator];
  try {
    await obey(message);
  } catch (error) {
    say({ type: "failed", reason: String(error) });
  }
}
