import type { RequestedParties } from "./channel-event.ts";
import { later, type LegRecord, type Stamped } from "./leg.ts";
import type { Call, CallState, Leg, Party, TimelineEntry } from "./model.ts";

/** A call that we asked the switch for. */
export interface CallRequest {
  readonly from: Party;
  readonly to: Party;
  readonly node: string;
  readonly time: number;
  /** Whether a second leg is to be called once the first has answered: only then is the call answered. */
  readonly awaitsCallee: boolean;
  /**
   * ```
   *  asked ──► accepted      the first leg answered
   *    └─────────┴──► failed  refused, or nothing came of it
   * ```
   */
  phase: "asked" | "accepted" | "failed";
  /** The ledger's mark when it was accepted. */
  mark: number;
  failure: { readonly cause: string; readonly time: number } | null;
}

/** Two legs that were bridged with each other, or no longer are. */
export interface Link {
  readonly legs: readonly [string, string];
  readonly bridged: Stamped<boolean>;
  /** Sequence that began the present bridge. */
  readonly since: number;
  /** Sequence of the first bridge between them. */
  readonly first: number;
}

interface Merge {
  readonly into: CallRecord;
  readonly time: number;
  /** What the call was when it became part of the other. */
  readonly last: Call;
}

const timelineLength = 500;

/**
 * A call: its legs, and the links between them. Everything told of it is derived from these.
 *
 * ```
 *  ringing ──► early ──► active ◄──► held           answered once, the call may ring again while it is transferred
 *     ▲           ▲         ▲  ◄──► parked
 *     └───────────┴─────────┘
 *  any ──► ended: its last leg ended, or it became part of an older call (MERGED)
 * ```
 */
export class CallRecord {
  readonly id: string;
  readonly legs = new Map<string, LegRecord>();
  readonly links = new Map<string, Link>();
  /** What leads to this call: uuids of its legs, of legs that they name, requests. */
  readonly keys = new Set<string>();
  request: CallRequest | null = null;
  merged: Merge | null = null;
  readonly timeline: TimelineEntry[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** Oldest first. */
  get ordered(): LegRecord[] {
    return [...this.legs.values()].toSorted(
      (one, other) => one.createdAt - other.createdAt || one.firstSequence - other.firstSequence,
    );
  }

  get liveLegs(): LegRecord[] {
    return this.ordered.filter((leg) => leg.live);
  }

  link(one: string, other: string, told: Stamped<boolean>): void {
    const legs = one < other ? ([one, other] as const) : ([other, one] as const);
    const key = legs.join();
    const held = this.links.get(key);
    const bridged = later(held?.bridged, told);
    const first = Math.min(held?.first ?? Infinity, told.value ? told.sequence : Infinity);
    // What is bridged and said to be bridged is one bridge: a snapshot begins none.
    const since = held?.bridged.value === true && bridged.value ? held.since : bridged.sequence;
    this.links.set(key, { legs, bridged, since, first });
  }

  /** Of all legs, `uuid` is bridged with `partner` and no other: what a snapshot says. */
  bridgeOnly(uuid: string, partner: string | null, sequence: number): void {
    for (const { legs } of this.links.values()) {
      if (legs.includes(uuid) && (partner === null || !legs.includes(partner))) {
        this.link(...legs, { sequence, value: false });
      }
    }
    if (partner !== null) this.link(uuid, partner, { sequence, value: true });
  }

  /** Takes over what `other` is made of. */
  absorb(other: CallRecord): void {
    for (const leg of other.legs.values()) this.legs.set(leg.uuid, leg);
    for (const [key, link] of other.links) this.links.set(key, link);
    other.legs.clear();
    other.links.clear();
  }

  /** The live leg that this one is bridged with: of several that were told, the latest. */
  partnerOf(uuid: string): { leg: LegRecord; since: number } | null {
    let latest: { leg: LegRecord; since: number } | null = null;
    for (const { legs, bridged, since } of this.links.values()) {
      if (!bridged.value || !legs.includes(uuid)) continue;
      const leg = this.legs.get(legs[0] === uuid ? legs[1] : legs[0]);
      if (leg?.live && since > (latest?.since ?? -1)) latest = { leg, since };
    }
    return latest;
  }

  get startedAt(): number {
    const first = this.ordered[0]?.createdAt;
    return this.request?.time ?? first ?? 0;
  }

  /**
   * When the conversation began: the caller's leg is answered by the callee, or by an application. The caller of a
   * call that we asked for may have several phones, all of which ring, and any of which may answer.
   */
  get answeredAt(): number | null {
    const awaitsCallee = this.#asked?.awaitsCallee === true;
    // The caller may be gone: then the oldest leg left is the callee's.
    const isCaller = (leg: LegRecord, index: number): boolean =>
      leg.placedFor(this.id) || (index === 0 && !(awaitsCallee && leg.originated));
    const answering = this.ordered.filter((leg, index) => isCaller(leg, index) !== awaitsCallee);
    const times = answering.map((leg) => leg.answeredAt).filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  get live(): boolean {
    if (this.merged) return false;
    for (const leg of this.legs.values()) if (leg.live) return true;
    const phase = this.request?.phase;
    return phase === "asked" || (phase === "accepted" && this.legs.size === 0);
  }

  get state(): CallState {
    if (!this.live) return "ended";
    const legs = this.liveLegs;
    const has = (state: CallState): boolean => legs.some((leg) => leg.state === state);
    if (this.answeredAt === null) return has("early") ? "early" : "ringing";
    const bridged = legs.some((leg) => this.partnerOf(leg.uuid) !== null);
    if (!bridged && has("parked")) return "parked";
    if (has("held")) return "held";
    if (bridged) return "active";
    if (has("ringing")) return "ringing";
    return has("early") ? "early" : "active";
  }

  get endedAt(): number | null {
    if (this.merged) return this.merged.time;
    if (this.live) return null;
    return this.#lastEnd?.time ?? this.request?.failure?.time ?? null;
  }

  get #lastEnd(): { cause: string; time: number } | undefined {
    return this.ordered
      .flatMap((leg) => leg.ended ?? [])
      .toSorted((one, other) => one.time - other.time || one.sequence - other.sequence)
      .at(-1);
  }

  /**
   * The cause of the leg that ended last. A caller whose call failed is let go with NORMAL_CLEARING where the dialplan
   * simply ran out (seen: an unanswered call): then the callee's cause says what happened.
   */
  get cause(): string | null {
    if (this.merged) return "MERGED";
    if (this.live) return null;
    const last = this.#lastEnd?.cause ?? this.request?.failure?.cause ?? null;
    if (last !== "NORMAL_CLEARING" || this.answeredAt !== null) return last;
    const causes = this.ordered.flatMap((leg) => leg.ended?.cause ?? []);
    return causes.findLast((cause) => cause !== "NORMAL_CLEARING" && cause !== "LOSE_RACE") ?? last;
  }

  /** What was asked for: by us, or by an earlier process of ours, which the legs still tell. */
  get #asked(): RequestedParties | null {
    if (this.request) return this.request;
    const leg = this.ordered.find((one) => one.requestedCall === this.id && one.requestedParties !== null);
    return leg?.requestedParties ?? null;
  }

  get from(): Party {
    if (this.#asked) return this.#named(this.#asked.from);
    return this.ordered[0]?.party ?? { number: "", name: "" };
  }

  get to(): Party {
    if (this.#asked) return this.#named(this.#asked.to);
    const [first, second] = this.ordered;
    if (first?.direction === "inbound") return this.#named({ number: first.dialled, name: "" });
    return second?.party ?? { number: "", name: "" };
  }

  /** A web user that was called is known by name once a device of it answered. */
  #named(party: Party): Party {
    if (party.name !== "") return party;
    const known = this.ordered.find(({ webUser }) => webUser?.number === party.number);
    return known?.webUser ?? party;
  }

  get node(): string {
    return this.request?.node ?? this.ordered[0]?.node ?? "";
  }

  note(entry: TimelineEntry): void {
    // The beginning and the latest entries say most.
    if (this.timeline.length >= timelineLength) this.timeline.splice(1, 1);
    this.timeline.push(entry);
  }

  view(): Call {
    if (this.merged) {
      const { into, time, last } = this.merged;
      return { ...last, state: "ended", endedAt: time, cause: "MERGED", mergedInto: into.id, legs: [] };
    }
    const legs: Leg[] = this.ordered.map((leg) => leg.view(this.partnerOf(leg.uuid)?.leg.uuid ?? null));
    const { id, state, from, to, startedAt, answeredAt, endedAt, cause, node } = this;
    return { id, state, from, to, startedAt, answeredAt, endedAt, cause, mergedInto: null, node, legs };
  }
}

/** Which of two calls keeps its id when they become one: the one whose first leg is older. */
export function older(one: CallRecord, other: CallRecord): CallRecord {
  const sequence = (call: CallRecord): number => call.ordered[0]?.firstSequence ?? -1;
  const order =
    one.startedAt - other.startedAt || sequence(one) - sequence(other) || (one.id < other.id ? -1 : 1);
  return order < 0 ? one : other;
}
