import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DomainEvent } from "../../../../src/base/index.ts";
import { Calls, type ChannelEvent, type ChannelSnapshot } from "../../../../src/core/calls/index.ts";
import { translate, translateDump } from "../../../../src/switch/translate.ts";

type Headers = Record<string, string>;

/** One thing that a recording holds: an event, or everything the switch had at that point. */
export type Step =
  | { readonly event: ChannelEvent }
  | { readonly snapshot: readonly ChannelSnapshot[]; readonly core: string; readonly time: number };

export const node = "lab:8021";
const folder = join(import.meta.dirname, "..", "..", "..", "fixtures", "streams");

export const recordings: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => name.replace(".jsonl", ""));

/** A recorded stream as the ledger is given it; `proxyAccount` of the switch that it was recorded from. */
export function recording(name: string, o: { folder?: string; proxyAccount?: string } = {}): Step[] {
  const lines = readFileSync(join(o.folder ?? folder, `${name}.jsonl`), "utf8")
    .trim()
    .split("\n");
  let [core, time] = ["", 0];
  return lines.flatMap((line): Step[] => {
    const parsed = JSON.parse(line) as Headers | { snapshot: Headers[] };
    if ("snapshot" in parsed && Array.isArray(parsed.snapshot)) {
      return [
        {
          snapshot: parsed.snapshot.flatMap((dump) => translateDump(dump, o.proxyAccount) ?? []),
          core,
          time,
        },
      ];
    }
    const event = translate(parsed as Headers, node, o.proxyAccount);
    if (!event) return [];
    ({ core, time } = event);
    return [{ event }];
  });
}

export const eventsOf = (name: string): ChannelEvent[] =>
  recording(name).flatMap((step) => ("event" in step ? [step.event] : []));

/** Ids in the order they are asked for: `call-1`, `call-2` … */
function countingIds(): () => string {
  let count = 0;
  return () => `call-${(count += 1)}`;
}

/** A ledger and everything that it published. */
export function ledger(o: { retainEnded?: number } = {}): { calls: Calls; published: DomainEvent[] } {
  const published: DomainEvent[] = [];
  const calls = new Calls({ publish: (event) => published.push(event), idOf: countingIds(), ...o });
  return { calls, published };
}

/** Names for uuids: the phone's number, primed for the second leg of the same phone and so on. */
export function namer(events: readonly ChannelEvent[]): (uuid: unknown) => string {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { channel } of events) {
    if (names.has(channel.uuid)) continue;
    const phone = /internal\/(\d+)@/.exec(channel.channelName)?.[1] ?? "?";
    const count = counts.get(phone) ?? 0;
    counts.set(phone, count + 1);
    names.set(channel.uuid, phone + "'".repeat(count));
  }
  return (uuid) => names.get(String(uuid)) ?? String(uuid);
}

/** What was published, one line an event: `call-1 held 1002`. */
export function told(published: readonly DomainEvent[], name: (uuid: unknown) => string): string[] {
  return published.map(({ type, data }) => {
    const {
      call,
      leg,
      with: other,
      to,
      cause,
      mergedInto,
      digits,
      state,
      operation,
    } = data as Record<string, string>;
    const parts = [call, type.replace("call.", ""), leg && name(leg)];
    if (other !== undefined) parts.push(`with ${name(other)}`);
    if (type === "call.transferred") parts.push(`to ${to}`);
    if (cause !== undefined) parts.push(cause);
    if (mergedInto !== undefined) parts.push(`into ${mergedInto}`);
    if (digits !== undefined) parts.push(digits);
    if (operation !== undefined) parts.push(`by ${operation}`);
    return `${parts.filter((part) => part !== undefined && part !== "").join(" ")} [${state}]`;
  });
}

/** What came of it, whatever ids were given: every call that did not become part of another. */
export function outcomeOf(calls: Calls, name: (uuid: unknown) => string): unknown[] {
  return calls
    .list()
    .filter(({ mergedInto }) => mergedInto === null)
    .map(({ state, from, to, answeredAt, cause, legs }) => ({
      legs: legs.map((leg) => `${name(leg.uuid)} ${leg.number} ${leg.cause ?? leg.state}`).toSorted(),
      route: `${from.number} → ${to.number}`,
      state,
      answeredAt,
      cause,
    }))
    .toSorted((one, other) => (one.legs.join() < other.legs.join() ? -1 : 1));
}
