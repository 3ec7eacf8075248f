import type { CallRecord } from "./call.ts";
import type { LegRecord } from "./leg.ts";

/** Something to be told of a call: what `GET /events` shows, before the operation that asked for it is known. */
export interface Announcement {
  readonly type: `call.${string}`;
  readonly leg: string | null;
  /** Added to the event's data. */
  readonly data: Readonly<Record<string, unknown>>;
  /** For the timeline. */
  readonly detail: string | null;
  /** Worth telling only as the outcome of an operation. */
  readonly onlyIfAsked: boolean;
}

/** What was told of a leg already. */
interface ToldOfLeg {
  rang: boolean;
  held: boolean;
  parked: boolean;
  /** Sequence of the latest bridge told. */
  bridge: number;
  readonly transfers: Set<string>;
}

/**
 * Compares what is so with what was told: whatever order events came in, everything is told once, and in an order
 * that makes sense. Tells nothing twice of a leg that moved to another call.
 */
export class Announcer {
  readonly #legs = new WeakMap<LegRecord, ToldOfLeg>();
  readonly #created = new WeakSet<CallRecord>();
  readonly #answered = new WeakSet<CallRecord>();
  readonly #ended = new WeakSet<CallRecord>();

  /** What is new of a call since it was asked for last. */
  news(call: CallRecord): Announcement[] {
    const news: Announcement[] = [];
    const tell: Tell = (type, leg, data = {}, detail = null, onlyIfAsked = false) =>
      news.push({ type, leg, data, detail, onlyIfAsked });
    if (!this.#created.has(call)) {
      this.#created.add(call);
      const { from, to } = call;
      tell("call.created", null, { from, to }, `${from.number} → ${to.number}`);
    }
    const legs = call.ordered;
    for (const leg of legs) {
      const told = this.#toldOf(leg);
      if (!leg.alerting || told.rang) continue;
      told.rang = true;
      tell("call.ringing", leg.uuid, { number: leg.party.number }, leg.party.number);
    }
    if (call.answeredAt !== null && !this.#answered.has(call)) {
      this.#answered.add(call);
      tell("call.answered", null);
    }
    for (const leg of legs) this.#left(leg, tell);
    for (const leg of legs) this.#transfers(call, leg, tell);
    for (const leg of legs) this.#bridges(call, leg, tell);
    for (const leg of legs) this.#entered(leg, tell);
    this.#end(call, tell);
    return news;
  }

  /** The call was told to have ended and goes on: its answer and its end are news again. */
  returned(call: CallRecord): void {
    this.#answered.delete(call);
    this.#ended.delete(call);
  }

  #toldOf(leg: LegRecord): ToldOfLeg {
    const held = this.#legs.get(leg);
    if (held) return held;
    const none = { rang: false, held: false, parked: false, bridge: -1, transfers: new Set<string>() };
    this.#legs.set(leg, none);
    return none;
  }

  #transfers(call: CallRecord, leg: LegRecord, tell: Tell): void {
    const told = this.#toldOf(leg);
    for (const [id, { moved, to, sequence }] of leg.transfers) {
      if (told.transfers.has(id)) continue;
      told.transfers.add(id);
      if ("leg" in to) {
        const target = call.legs.get(to.leg)?.party.number ?? null;
        tell("call.transferred", moved, { to: target, toLeg: to.leg }, target);
        continue;
      }
      // `originate … NUMBER` sends the leg that it placed into the dialplan in the same way: nobody was transferred.
      const placed = leg.direction === "outbound" && !talkedBefore(call, moved, sequence);
      tell("call.transferred", moved, { to: to.number }, to.number, placed);
    }
  }

  #left(leg: LegRecord, tell: Tell): void {
    const told = this.#toldOf(leg);
    if (told.parked && !leg.parked) {
      told.parked = false;
      if (leg.live) tell("call.unparked", leg.uuid);
    }
    if (told.held && !leg.held) {
      told.held = false;
      if (leg.live) tell("call.resumed", leg.uuid);
    }
  }

  #bridges(call: CallRecord, leg: LegRecord, tell: Tell): void {
    const partner = leg.live ? call.partnerOf(leg.uuid) : null;
    if (partner === null) return;
    const told = this.#toldOf(leg);
    if (partner.since <= told.bridge) return;
    told.bridge = partner.since;
    this.#toldOf(partner.leg).bridge = partner.since;
    tell("call.bridged", leg.uuid, { with: partner.leg.uuid }, partner.leg.party.number);
  }

  #entered(leg: LegRecord, tell: Tell): void {
    const told = this.#toldOf(leg);
    if (leg.held && !told.held) {
      told.held = true;
      tell("call.held", leg.uuid);
    }
    if (leg.parked && !told.parked) {
      told.parked = true;
      tell("call.parked", leg.uuid);
    }
  }

  #end(call: CallRecord, tell: Tell): void {
    if (call.live) {
      // A leg of a call that was given up turned up after all: its end is told when it comes.
      this.#ended.delete(call);
      return;
    }
    if (this.#ended.has(call)) return;
    this.#ended.add(call);
    const { cause, merged } = call;
    tell("call.ended", null, merged ? { cause, mergedInto: merged.into.id } : { cause }, cause);
  }
}

type Tell = (
  type: Announcement["type"],
  leg: string | null,
  data?: Readonly<Record<string, unknown>>,
  detail?: string | null,
  onlyIfAsked?: boolean,
) => void;

const talkedBefore = (call: CallRecord, leg: string, sequence: number): boolean =>
  [...call.links.values()].some(({ legs, first }) => first < sequence && legs.includes(leg));
