import type { ChannelEvent, ChannelFacts, RequestedParties } from "./channel-event.ts";
import type { CallState, Leg, Party } from "./model.ts";

/** A fact and the Event-Sequence of the event that told it: of two, the later one holds, whichever arrived first. */
export interface Stamped<T> {
  readonly sequence: number;
  readonly value: T;
}

export const later = <T>(held: Stamped<T> | undefined, told: Stamped<T>): Stamped<T> =>
  held === undefined || told.sequence >= held.sequence ? told : held;

const earlier = <T>(held: Stamped<T>, told: Stamped<T>): Stamped<T> =>
  told.sequence < held.sequence ? told : held;

/** A transfer that this leg took part in. */
export interface Transfer {
  readonly sequence: number;
  /** The leg that is moved. */
  readonly moved: string;
  /** A number, or the uuid of a leg. */
  readonly to: { readonly number: string } | { readonly leg: string };
}

interface LegEnd {
  readonly sequence: number;
  readonly time: number;
  readonly cause: string;
  /** The switch did not tell the end: it was found missing. Its own word, should it come late, replaces ours. */
  readonly inferred: boolean;
}

interface NewLeg {
  readonly node: string;
  readonly core: string;
  readonly sequence: number;
  readonly facts: ChannelFacts;
  readonly mark: number;
}

/** What FreeSWITCH calls a callee that it was given no name for (switch_ivr_originate.c). */
const namelessCallee = "Outbound Call";

/** Transfers and digits that a leg remembers having told, so that a repeated event is not told twice. */
const remembered = 256;

/**
 * One channel of a switch. Facts are merged by Event-Sequence, so that reordered and repeated events lead to the same
 * leg; an end is final.
 *
 * ```
 *  ringing ──► early ──► active ◄──► held         parked: any answered or unanswered leg in CHANNEL_PARK
 *     │          │          │          │
 *     └──────────┴──────────┴──────────┴──► ended
 * ```
 */
export class LegRecord {
  readonly uuid: string;
  readonly node: string;
  readonly core: string;
  /** The ledger's mark when it met this leg. */
  readonly mark: number;
  /** What the first event told: the switch swaps caller and callee in later ones. */
  #first: Stamped<ChannelFacts>;
  #last: Stamped<ChannelFacts>;
  #codec: Stamped<string> | undefined;
  #parked: Stamped<boolean> | undefined;
  #answeredAt: number | null = null;
  #alerted = false;
  #met = false;
  #requestedCall: string | null = null;
  #requestedParties: RequestedParties | null = null;
  #originator: string | null = null;
  #webUser: { readonly reference: string; readonly party: Party } | null = null;
  #end: LegEnd | null = null;
  readonly #transfers = new Map<string, Transfer>();
  readonly #told = new Set<number>();

  constructor({ node, core, sequence, facts, mark }: NewLeg) {
    this.uuid = facts.uuid;
    this.node = node;
    this.core = core;
    this.mark = mark;
    this.#first = { sequence, value: facts };
    this.#last = this.#first;
  }

  merge(event: ChannelEvent): void {
    const { name, sequence, channel, time } = event;
    this.learn(sequence, channel);
    if (name === "CHANNEL_PROGRESS" || name === "CHANNEL_PROGRESS_MEDIA") this.#alerted = true;
    if (name === "CHANNEL_ANSWER" && channel.answeredAt === null) this.#answered(time);
    if (event.attended !== null) {
      const { moved, target } = event.attended;
      this.#transferred(`attended-${sequence}`, { sequence, moved, to: { leg: target } });
    }
    if (name === "CHANNEL_PARK") this.park(sequence, true);
    if (name === "CHANNEL_UNPARK" || name === "CHANNEL_BRIDGE") this.park(sequence, false);
    if (name === "CHANNEL_HANGUP_COMPLETE" || channel.callState === "HANGUP") {
      this.end({ sequence, time, cause: event.cause ?? "NORMAL_UNSPECIFIED", inferred: false });
    }
  }

  /** Merges what a channel looked like at that point of the switch's events. */
  learn(sequence: number, facts: ChannelFacts): void {
    const told = { sequence, value: facts };
    this.#first = earlier(this.#first, told);
    this.#last = later(this.#last, told);
    this.#requestedCall ??= facts.requestedCall;
    this.#requestedParties ??= facts.requestedParties ?? null;
    this.#originator ??= facts.originator;
    if (facts.codec !== null) this.#codec = later(this.#codec, { sequence, value: facts.codec });
    if (facts.answeredAt !== null) this.#answered(facts.answeredAt);
    if (facts.callState === "RINGING" || facts.callState === "EARLY") this.#alerted = true;
    if (facts.blindTransfer !== null) {
      const { id, to } = facts.blindTransfer;
      this.#transferred(id, { sequence, moved: this.uuid, to: { number: to } });
    }
  }

  /** It is the gateway's, and stands for a web user. */
  identify(reference: string, party: Party): void {
    this.#webUser = { reference, party };
  }

  park(sequence: number, parked: boolean): void {
    this.#parked = later(this.#parked, { sequence, value: parked });
  }

  /** The first word of the end is its time; the switch's own word goes before what was inferred. */
  end(told: LegEnd): void {
    const held = this.#end;
    if (held === null || (held.inferred && !told.inferred)) this.#end = told;
    else if (held.inferred === told.inferred && told.sequence < held.sequence) this.#end = told;
  }

  #answered(time: number): void {
    this.#answeredAt = this.#answeredAt === null ? time : Math.min(this.#answeredAt, time);
  }

  #transferred(id: string, told: Transfer): void {
    const known = this.#transfers.get(id);
    if (known === undefined && this.#transfers.size >= remembered) return;
    this.#transfers.set(id, known === undefined ? told : told.sequence < known.sequence ? told : known);
  }

  /** Whether an event that states nothing lasting (a digit) is told for the first time. */
  firstTold(sequence: number): boolean {
    if (this.#told.has(sequence)) return false;
    this.#told.add(sequence);
    if (this.#told.size > remembered) for (const oldest of this.#told) return this.#told.delete(oldest);
    return true;
  }

  /** Whether it is asked for the first time. */
  firstMet(): boolean {
    const first = !this.#met;
    this.#met = true;
    return first;
  }

  /** The call that it says it was made for. */
  get requestedCall(): string | null {
    return this.#requestedCall;
  }

  /** The sides of that call, if it says them. */
  get requestedParties(): RequestedParties | null {
    return this.#requestedParties;
  }

  /** Whether another leg had it called. */
  get originated(): boolean {
    return this.#originator !== null;
  }

  /** Whether a command of ours placed it for `call`, and not another leg: a phone of the side that is called first. */
  placedFor(call: string): boolean {
    return this.#requestedCall === call && this.#originator === null && this.direction === "outbound";
  }

  get live(): boolean {
    return this.#end === null;
  }

  get ended(): LegEnd | null {
    return this.#end;
  }

  get direction(): "inbound" | "outbound" {
    return this.#first.value.direction;
  }

  get createdAt(): number {
    return this.#first.value.createdAt;
  }

  get firstSequence(): number {
    return this.#first.sequence;
  }

  get lastSequence(): number {
    return this.#last.sequence;
  }

  get answeredAt(): number | null {
    return this.#answeredAt;
  }

  /** Whether a phone that the switch called was heard to ring. */
  get alerting(): boolean {
    return this.#alerted && this.direction === "outbound";
  }

  get held(): boolean {
    return this.live && this.#last.value.callState === "HELD";
  }

  get parked(): boolean {
    return this.live && this.#parked?.value === true;
  }

  /** By an id that every event of the same transfer repeats; each with the first of these events. */
  get transfers(): ReadonlyMap<string, Transfer> {
    return this.#transfers;
  }

  get state(): CallState {
    if (!this.live) return "ended";
    if (this.parked) return "parked";
    if (this.held) return "held";
    // A transferred channel goes through RINGING again (switch_channel.c); its phone does not.
    if (this.#answeredAt !== null) return "active";
    return this.#last.value.callState === "EARLY" ? "early" : "ringing";
  }

  /** Who is at the other end of this leg. */
  get party(): Party {
    if (this.#webUser) return this.#webUser.party;
    const { value: facts } = this.#first;
    if (this.direction === "inbound") return { number: facts.callerNumber, name: facts.callerName };
    const name = facts.calleeName === namelessCallee ? "" : facts.calleeName;
    return { number: facts.destination || facts.calleeNumber, name };
  }

  /** The web user that it stands for, where it is the gateway's. */
  get webUser(): Party | null {
    return this.#webUser?.party ?? null;
  }

  /** What the caller of an inbound leg dialled. */
  get dialled(): string {
    return this.#first.value.destination;
  }

  view(bridgedWith: string | null): Leg {
    return {
      uuid: this.uuid,
      direction: this.direction,
      ...this.party,
      state: this.state,
      codec: this.#codec?.value ?? null,
      media: this.#codec === undefined ? null : "audio",
      bridgedWith,
      startedAt: this.createdAt,
      answeredAt: this.#answeredAt,
      endedAt: this.#end?.time ?? null,
      cause: this.#end?.cause ?? null,
      reference: this.#webUser?.reference ?? null,
    };
  }
}
