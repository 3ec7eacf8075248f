import type { ChannelSnapshot } from "../core/calls/index.ts";
import type { ResyncReport } from "../core/nodes/index.ts";
import { commands, parseJsonEvent, type ApiCommand, type EventHeaders } from "../protocol/esl/index.ts";
import { uuidsOf } from "./channel-list.ts";
import type { SwitchContext } from "./ports.ts";
import { parseRegistrations, registrationChange, type RegistrationChange } from "./registration-wire.ts";
import { straysAmong } from "./strays.ts";
import { translateDump } from "./translate.ts";

/** How many questions about single channels are under way at once. */
const batch = 50;
/** A channel that hangs up cannot be found any more shortly before its CHANNEL_HANGUP_COMPLETE. */
const hangupGrace = 2000;
/** A list of registrations is not asked for more often than this. */
const listInterval = 10_000;

type Ask = (command: ApiCommand) => Promise<string>;

/** Makes what we believe of a switch's channels and registrations equal to what it has. */
export class Resync {
  readonly #node: string;
  readonly #ask: Ask;
  readonly #context: SwitchContext;
  readonly #signal: AbortSignal;
  /** Registration events that came while a list was under way: they are later than the list, whatever it says. */
  #held: RegistrationChange[] | undefined;
  #sweeping = false;
  #listing: Promise<number> | undefined;
  #listingDue = false;
  #strays: readonly string[] = [];

  constructor(node: string, ask: Ask, context: SwitchContext, signal: AbortSignal) {
    this.#node = node;
    this.#ask = ask;
    this.#context = context;
    this.#signal = signal;
  }

  /** Takes the whole truth. Call it when the events are subscribed to already. */
  async everything(core: string, reason: ResyncReport["reason"]): Promise<void> {
    const { clock, nodes } = this.#context;
    const begun = clock.now();
    const [channels, registrations] = await Promise.all([this.#channels(core), this.listRegistrations()]);
    const milliseconds = clock.now() - begun;
    nodes.resynced(this.#node, { channels, registrations, milliseconds, reason }, clock.now());
  }

  /**
   * The switch says how many channels it has: legs of ours that it does not have end, and if it has more than we
   * know, everything is asked for again.
   */
  async sweep(core: string, sessions: number): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      await this.#endMissing();
      if (sessions > this.#live().length && (await this.#hasUnknown()))
        await this.everything(core, "drifted");
    } finally {
      this.#sweeping = false;
    }
  }

  /** Ends the channels that the latest snapshot showed to have lost their other half with an earlier process of ours. */
  async endStrays(): Promise<void> {
    const strays = this.#strays;
    this.#strays = [];
    if (strays.length === 0) return;
    this.#context.log.warn({ node: this.#node, uuids: strays }, "calls of a Patchcord that died are ended");
    // What is gone by now answers -ERR.
    await this.#each(strays, async (uuid) => this.#ask(commands.uuidKill(uuid, "NETWORK_OUT_OF_ORDER")));
  }

  /** Takes in a registration event; false if it is none. */
  registrationEvent(headers: EventHeaders, time: number): boolean {
    const change = registrationChange(headers, this.#node, time);
    if (!change) return false;
    if (this.#held) this.#held.push(change);
    else this.#apply(change, time);
    return true;
  }

  /** Resolves to how many registrations there are. */
  listRegistrations(): Promise<number> {
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #list(): Promise<number> {
    const { clock, registrations, profile } = this.#context;
    const held: RegistrationChange[] = [];
    this.#held = held;
    try {
      const output = await this.#ask(commands.sofiaRegistrations(profile));
      const current = parseRegistrations(output, this.#node, clock.now());
      registrations.resync(this.#node, current, clock.now());
      return current.length;
    } finally {
      this.#held = undefined;
      for (const change of held) this.#apply(change, clock.now());
    }
  }

  #apply(change: RegistrationChange, time: number): void {
    const { registrations } = this.#context;
    if (change.kind === "online") registrations.online(change.registration, time);
    else registrations.offline(change.departure, change.reason, time);
    const { user, domain } = change.kind === "online" ? change.registration : change.departure;
    const left = registrations.of(domain, user).filter((one) => one.node === this.#node).length;
    // Whether a second phone, or a new Call-ID, replaces the first depends on the profile's multiple-registrations.
    if (left > (change.kind === "online" ? 1 : 0)) this.#listSoon();
  }

  #listSoon(): void {
    if (this.#listingDue) return;
    this.#listingDue = true;
    void this.#context.clock
      .sleep(listInterval, this.#signal)
      .then(() => {
        this.#listingDue = false;
        return this.listRegistrations();
      })
      .catch((error: unknown) => {
        this.#listingDue = false;
        this.#context.log.debug({ node: this.#node, err: error }, "the registrations were not listed again");
      });
  }

  async #channels(core: string): Promise<number> {
    const { calls, clock } = this.#context;
    const since = calls.mark();
    const listed = uuidsOf(await this.#ask(commands.showChannels()));
    // The list lags behind the events: a leg that we know and it does not is asked for as well.
    const uuids = [...new Set([...listed, ...this.#live()])];
    const found = await this.#each(uuids, async (uuid) => this.#dump(uuid));
    const channels = found.filter((one) => one !== undefined);
    this.#strays = straysAmong(channels, this.#context.references);
    const present = new Set(channels.map(({ channel }) => channel.uuid));
    const missing = this.#live().filter((uuid) => uuids.includes(uuid) && !present.has(uuid));
    calls.resync(this.#node, core, channels, clock.now(), since, new Set(missing));
    // Their own event may be on its way, and says why.
    this.#endAfterGrace(missing).catch((error: unknown) => {
      // Whoever connects next asks again.
      this.#context.log.debug({ node: this.#node, err: error }, "missing legs were not ended");
    });
    return channels.length;
  }

  /** Undefined when the switch has no such channel: a row of the list may be stale. */
  async #dump(uuid: string): Promise<ChannelSnapshot | undefined> {
    const output = await this.#ask(commands.uuidDump(uuid));
    const headers = parseJsonEvent(Buffer.from(output));
    return headers && translateDump(headers, this.#context.proxyAccount);
  }

  async #endMissing(): Promise<void> {
    const live = this.#live();
    const exist = await this.#each(live, async (uuid) => this.#ask(commands.uuidExists(uuid)));
    await this.#endAfterGrace(live.filter((_, index) => exist[index]?.trim() === "false"));
  }

  /** Legs of channels that are not there end, unless an event ends them first. */
  async #endAfterGrace(missing: readonly string[]): Promise<void> {
    const { calls, clock } = this.#context;
    if (missing.length === 0) return;
    await clock.sleep(hangupGrace, this.#signal);
    const still = new Set(this.#live());
    const gone = missing.filter((uuid) => still.has(uuid));
    if (gone.length === 0) return;
    this.#context.log.warn({ node: this.#node, uuids: gone }, "hangups were missed");
    calls.confirmGone(this.#node, gone, clock.now());
  }

  async #hasUnknown(): Promise<boolean> {
    const listed = uuidsOf(await this.#ask(commands.showChannels()));
    const live = new Set(this.#live());
    const unknown = listed.filter((uuid) => !live.has(uuid));
    const exist = await this.#each(unknown, async (uuid) => this.#ask(commands.uuidExists(uuid)));
    const known = new Set(this.#live());
    return unknown.some((uuid, index) => exist[index]?.trim() === "true" && !known.has(uuid));
  }

  #live(): string[] {
    return this.#context.calls.liveLegs(this.#node);
  }

  async #each<T>(uuids: readonly string[], ask: (uuid: string) => Promise<T>): Promise<T[]> {
    const answers: T[] = [];
    for (let at = 0; at < uuids.length; at += batch) {
      answers.push(...(await Promise.all(uuids.slice(at, at + batch).map((uuid) => ask(uuid)))));
    }
    return answers;
  }
}
