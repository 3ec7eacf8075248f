import type { Publish } from "../../base/index.ts";
import { type Announcement, Announcer } from "./announce.ts";
import { CallRecord } from "./call.ts";
import { callIdOf } from "./call-id.ts";
import type { ChannelEvent, ChannelFacts, ChannelSnapshot } from "./channel-event.ts";
import { Cores } from "./cores.ts";
import { LegRecord } from "./leg.ts";
import { type Joined, Membership } from "./membership.ts";
import type { Call, CallState, Party, TimelineEntry } from "./model.ts";
import type { Bearer } from "./references.ts";

export interface CallsOptions {
  readonly publish: Publish;
  /** Names the call that begins with that leg; `callIdOf` if not given. */
  readonly idOf?: typeof callIdOf;
  /** How many ended calls are kept; 10,000 if not given. */
  readonly retainEnded?: number;
  /** The web user that a channel stands for which bears this reference; null: we did not issue it for that channel. */
  readonly webUserOf?: WebUserOf;
}

type WebUserOf = (reference: string, bearer: Bearer) => Party | null;

/** A call that we are about to ask a switch for. */
export interface RequestedCall {
  readonly id: string;
  readonly from: Party;
  readonly to: Party;
  readonly node: string;
  readonly time: number;
  /** Whether the second side is a leg of its own rather than an application; true if not given. */
  readonly awaitsCallee?: boolean;
}

export interface CallFilter {
  readonly state?: CallState;
  readonly live?: boolean;
}

/** Names the operation that asked for what is being told, if one did. */
export type Attribute = (told: Announcement & { readonly call: string }) => string | undefined;

/** A live leg, and the requested call that it says it was made for. */
export type Met = (leg: { readonly uuid: string; readonly node: string; readonly call: string }) => void;

/** Causes for ends that the switch did not tell, in its own words (`CAUSE_CHART`, switch_channel.c). */
const lost = "NORMAL_UNSPECIFIED";
const crashed = "CRASH";
const unreachable = "NETWORK_OUT_OF_ORDER";

/**
 * The ledger: every call as a fold over what the switches report. Legs that share a key (an other leg, a bridge, a
 * transfer, a request of ours) are one call; see `Membership`. Events may be reordered, repeated or missing: facts are
 * merged by Event-Sequence, and a resync ends what the switch no longer has.
 *
 * Publishes `call.created .ringing .answered .held .resumed .transferred .bridged .parked .unparked .dtmf .ended`; the
 * data of each is `{call, state, leg?, …, operation?}`.
 */
export class Calls {
  readonly #publish: Publish;
  readonly #idOf: typeof callIdOf;
  readonly #members: Membership;
  readonly #cores = new Cores();
  readonly #announcer = new Announcer();
  readonly #legs = new Map<string, LegRecord>();
  /** Legs that were given up with their switch: it may have them still. */
  readonly #abandoned = new Set<string>();
  /** Legs met and requests accepted so far. */
  #marks = 0;
  readonly #webUserOf: WebUserOf;
  #attribute: Attribute = () => undefined;
  #met: Met = () => undefined;

  constructor({ publish, idOf = callIdOf, retainEnded = 10_000, webUserOf = () => null }: CallsOptions) {
    this.#publish = publish;
    this.#webUserOf = webUserOf;
    this.#idOf = idOf;
    this.#members = new Membership(retainEnded, (call) => {
      for (const uuid of call.legs.keys()) {
        this.#legs.delete(uuid);
        this.#abandoned.delete(uuid);
      }
    });
  }

  /** Asks `attribute` about everything that will be published. */
  attributeBy(attribute: Attribute): void {
    this.#attribute = attribute;
  }

  /** Tells `met` once of each leg of a requested call, as soon as it is known to be one. */
  meetBy(met: Met): void {
    this.#met = met;
  }

  apply(event: ChannelEvent): void {
    const { node, core, sequence, time, channel } = event;
    const standing = this.#cores.see(node, core, time);
    if (standing === "new") this.coreChanged(node, core, time);
    this.#cores.reached(node, core, sequence);
    const leg = this.#leg(node, core, sequence, channel);
    if (leg === null) return;
    this.#identify(leg, channel);
    leg.merge(event);
    if (standing === "retired") leg.end({ sequence, time, cause: crashed, inferred: true });
    const touched = this.#relate(
      leg,
      [channel.relatedTo, event.attended?.moved, event.attended?.target],
      time,
    );
    if (event.bridgedWith !== null) {
      const link = event.name === "CHANNEL_BRIDGE" ? true : event.name === "CHANNEL_UNBRIDGE" ? false : null;
      if (link !== null) {
        touched.push(...this.#relate(leg, [event.bridgedWith], time));
        this.#callOf(leg).link(leg.uuid, event.bridgedWith, { sequence, value: link });
      }
    }
    this.#tellAll(touched, time);
    if (event.name === "DTMF" && event.detail !== null && leg.firstTold(sequence)) {
      const told = {
        type: "call.dtmf",
        leg: leg.uuid,
        data: { digits: event.detail, by: "phone" },
        // Digits may be a secret: they are told, not kept.
        detail: null,
        onlyIfAsked: false,
      } as const;
      this.#tell(this.#callOf(leg), told, time);
    }
  }

  /**
   * Takes `channels` for everything that `node` has: legs unknown so far join, legs missing from it end.
   * `since` spares what was first heard of after that `mark()`, `spared` legs by uuid.
   */
  resync(
    node: string,
    core: string,
    channels: readonly ChannelSnapshot[],
    time: number,
    since?: number,
    spared: ReadonlySet<string> = new Set(),
  ): void {
    if (this.#cores.see(node, core, time) !== "current") this.coreChanged(node, core, time);
    const touched: CallRecord[] = [];
    // The oldest leg names the call, as it did when it was new.
    const byAge = channels.toSorted((a, b) => a.channel.createdAt - b.channel.createdAt);
    for (const { channel, bridgedWith, parked, sequence: told } of byAge) {
      const sequence = told ?? this.#cores.latest(node, core);
      this.#cores.reached(node, core, sequence);
      // A channel that is just hanging up has an event to come; one we never met is not worth meeting.
      if (channel.callState === "HANGUP" && !this.#legs.has(channel.uuid)) continue;
      const leg = this.#leg(node, core, sequence, channel);
      if (leg === null) continue;
      this.#identify(leg, channel);
      leg.learn(sequence, channel);
      leg.park(sequence, parked);
      touched.push(...this.#relate(leg, [channel.relatedTo, bridgedWith], time));
      this.#callOf(leg).bridgeOnly(leg.uuid, bridgedWith, sequence);
    }
    const present = new Set([...spared, ...channels.map(({ channel }) => channel.uuid)]);
    const heardOf = (leg: LegRecord): boolean => since === undefined || leg.mark <= since;
    const gone = this.#liveLegsOf(node).filter((leg) => !present.has(leg.uuid) && heardOf(leg));
    this.#lose(gone, lost, time);
    this.#giveUpLegless(node, lost, time, since);
    this.#tellAll(touched, time);
  }

  /** How far the ledger is: what `resync` wants of the moment when its snapshot was begun. */
  mark(): number {
    return this.#marks;
  }

  /** The switch says that it has no such channels (`uuid_exists` is false). */
  confirmGone(node: string, uuids: readonly string[], time: number): void {
    const gone = new Set(uuids);
    this.#lose(
      this.#liveLegsOf(node).filter((leg) => gone.has(leg.uuid)),
      lost,
      time,
    );
  }

  /** The switch was restarted: every leg of its earlier process ends with cause CRASH. */
  coreChanged(node: string, core: string, time: number): void {
    this.#cores.change(node, core);
    const older = this.#liveLegsOf(node).filter((leg) => leg.core !== core);
    this.#lose(older, crashed, time);
    this.#giveUpLegless(node, crashed, time);
  }

  /**
   * The switch is away for so long that its calls count as ended, with cause NETWORK_OUT_OF_ORDER. Those that it still
   * has when it returns go on under their ids, and end a second time.
   */
  giveUpNode(node: string, time: number): void {
    const legs = this.#liveLegsOf(node);
    for (const { uuid } of legs) this.#abandoned.add(uuid);
    this.#lose(legs, unreachable, time);
    this.#giveUpLegless(node, unreachable, time);
  }

  /** Uuids of the legs of `node` that have not ended. */
  liveLegs(node: string): string[] {
    return this.#liveLegsOf(node).map((leg) => leg.uuid);
  }

  /** A call exists as soon as it is asked for, before its first leg. */
  request({ id, from, to, node, time, awaitsCallee = true }: RequestedCall): void {
    const call = new CallRecord(id);
    call.request = { from, to, node, time, awaitsCallee, phase: "asked", mark: 0, failure: null };
    this.#members.add(call);
    this.#tellAll([call], time);
  }

  /** The switch made the call: its first side answered. From now on its legs alone decide. */
  requestAccepted(id: string, time: number): void {
    const call = this.#members.byId(id);
    if (call?.request?.phase !== "asked") return;
    call.request.phase = "accepted";
    this.#marks += 1;
    call.request.mark = this.#marks;
    this.#tellAll([call], time);
  }

  /** Nothing will come of the call that was asked for; legs that turn up all the same are legs of it. */
  requestFailed(id: string, cause: string, time: number): void {
    const call = this.#members.byId(id);
    if (call?.request) this.#giveUp(call, cause, time);
  }

  get(idOrUuid: string): Call | undefined {
    return (this.#members.byId(idOrUuid) ?? this.#members.byKey(idOrUuid))?.view();
  }

  /** Whether the call of that id, or the one that it became part of, has not ended. */
  isLive(id: string): boolean {
    return this.#members.byKey(id)?.live ?? false;
  }

  /** The latest first. */
  list(filter: CallFilter = {}): Call[] {
    return this.#matching(filter)
      .map((call) => call.view())
      .toSorted((one, other) => (one.id < other.id ? 1 : -1));
  }

  /** Ids of what `list` gives, in no order: of thousands of calls only those of a page need to be shown. */
  ids(filter: CallFilter = {}): string[] {
    return this.#matching(filter).map(({ id }) => id);
  }

  #matching({ state, live }: CallFilter): CallRecord[] {
    const calls = live === true ? this.#members.live() : this.#members.all();
    return [...calls]
      .filter((call) => state === undefined || call.state === state)
      .filter((call) => live === undefined || call.live === live);
  }

  timeline(id: string): TimelineEntry[] {
    return [...((this.#members.byId(id) ?? this.#members.byKey(id))?.timeline ?? [])];
  }

  /** The leg that an event or snapshot tells of, in a call of its own if it is new; null if it is long forgotten. */
  #leg(node: string, core: string, sequence: number, facts: ChannelFacts): LegRecord | null {
    const known = this.#legs.get(facts.uuid);
    const returns = this.#abandoned.delete(facts.uuid);
    if (known?.core === core && known.node === node && !returns) return known;
    // A restarted switch may take up its channels again, uuids and all (`sofia recover`).
    if (known && (known.live || !this.#cores.isCurrent(node, core))) return null;
    if (this.#members.buried(facts.uuid)) return null;
    this.#marks += 1;
    const leg = new LegRecord({ node, core, sequence, facts, mark: this.#marks });
    this.#legs.set(leg.uuid, leg);
    const { requestedCall: wanted, relatedTo } = facts;
    const call =
      [leg.uuid, wanted, relatedTo].reduce(
        (found: CallRecord | undefined, key) =>
          found ?? (key === null ? undefined : this.#members.byKey(key)),
        undefined,
      ) ?? new CallRecord(wanted ?? this.#idOf(facts.uuid, facts.createdAt));
    call.legs.set(leg.uuid, leg);
    if (this.#members.byId(call.id) !== call) this.#members.add(call);
    this.#members.claim(call, leg.uuid);
    if (returns) this.#announcer.returned(call);
    return leg;
  }

  /** Any phone can send a reference: only those that we issued for this very channel say whose it is. */
  #identify(leg: LegRecord, { reference, uuid, direction }: ChannelFacts): void {
    if (reference === null) return;
    const party = this.#webUserOf(reference, { uuid, direction });
    if (party) leg.identify(reference, party);
  }

  /** Joins the calls of everything that a leg names; resolves to the calls that this touched. */
  #relate(leg: LegRecord, keys: readonly (string | null | undefined)[], time: number): CallRecord[] {
    const touched = [this.#callOf(leg)];
    for (const key of [leg.requestedCall, ...keys]) {
      if (key === null || key === undefined) continue;
      const joined = this.#members.claim(this.#callOf(leg), key);
      if (joined) touched.push(...this.#merge(joined, time));
    }
    const { uuid, node, requestedCall: call } = leg;
    if (call !== null && leg.live && leg.firstMet()) this.#met({ uuid, node, call });
    return touched;
  }

  #merge({ survivor, absorbed }: Joined, time: number): CallRecord[] {
    const last = absorbed.view();
    survivor.absorb(absorbed);
    absorbed.merged = { into: survivor, time, last };
    return [absorbed, survivor];
  }

  #callOf(leg: LegRecord): CallRecord {
    const call = this.#members.byKey(leg.uuid);
    if (!call) throw new Error(`leg ${leg.uuid} belongs to no call`);
    return call;
  }

  #liveLegsOf(node: string): LegRecord[] {
    return [...this.#members.live()].flatMap((call) => call.liveLegs).filter((leg) => leg.node === node);
  }

  #lose(legs: readonly LegRecord[], cause: string, time: number): void {
    for (const leg of legs) leg.end({ sequence: leg.lastSequence, time, cause, inferred: true });
    this.#tellAll(
      legs.map((leg) => this.#callOf(leg)),
      time,
    );
  }

  /** Calls of which the switch said that it made them, and nothing came. */
  #giveUpLegless(node: string, cause: string, time: number, since = Infinity): void {
    for (const call of this.#members.live()) {
      const { request, legs } = call;
      if (request?.phase !== "accepted" || request.node !== node || legs.size > 0) continue;
      if (request.mark <= since) this.#giveUp(call, cause, time);
    }
  }

  #giveUp(call: CallRecord, cause: string, time: number): void {
    if (call.request === null || call.request.phase === "failed") return;
    call.request.phase = "failed";
    call.request.failure = { cause, time };
    this.#tellAll([call], time);
  }

  #tellAll(touched: readonly CallRecord[], time: number): void {
    const calls = new Set(touched);
    // What became part of another call ends before that call goes on.
    const ordered = [...calls].toSorted(
      (one, other) => Number(one.merged === null) - Number(other.merged === null),
    );
    for (const call of ordered) {
      for (const told of this.#announcer.news(call)) this.#tell(call, told, time);
      this.#members.settle(call);
    }
  }

  #tell(call: CallRecord, told: Announcement, time: number): void {
    const { type, leg, data, detail } = told;
    const operation = this.#attribute({ ...told, call: call.id });
    if (told.onlyIfAsked && operation === undefined) return;
    call.note({ time, type, leg, detail });
    this.#publish({
      type,
      time,
      node: call.node || null,
      data: {
        call: call.id,
        state: call.state,
        ...(leg === null ? {} : { leg }),
        ...data,
        ...(operation === undefined ? {} : { operation }),
      },
    });
  }
}
