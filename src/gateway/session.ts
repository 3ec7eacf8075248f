import { Failure, reasonOf, type Clock, type Logger } from "../base/index.ts";
import { ending } from "../core/invitations/index.ts";
import { endOf } from "./endings.ts";
import {
  begin,
  step,
  type End,
  type SessionEffect,
  type SessionInput,
  type SessionState,
  type SideName,
} from "./machine.ts";
import type { Media } from "./media/index.ts";
import type { CalleeEvents, CalleeSide, CallerEvents, CallerSide, LostReason, SideEvents } from "./side.ts";

/** Thrown where a call goes nowhere: what the caller is told. */
export class Refused extends Error {
  readonly end: End;

  constructor(end: End, reason: string) {
    super(reason);
    this.name = "Refused";
    this.end = end;
  }
}

/** Told of a session. */
export interface SessionWatch {
  changed?(state: SessionState): void;
  /** A side's media is gone. */
  lost?(side: SideName, reason: LostReason): void;
  /** Once: the sides know, and their facts can still be read. */
  over?(end: End): void;
  /** Nothing of it is left. */
  released?(): void;
}

export interface SessionOptions<Caller extends CallerSide = CallerSide> {
  readonly id: string;
  readonly caller: (events: CallerEvents) => Caller;
  /** Whom the call goes to. Rejects with Refused where it goes to nobody. */
  readonly route: () => Promise<(events: CalleeEvents) => CalleeSide>;
  readonly media: Pick<Media, "connect">;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Milliseconds that a call may stay unanswered when nobody else ends it (timer C, RFC 3261 section 16.6). */
const unansweredWithin = 200_000;

/**
 * Milliseconds for the word that comes with it: a browser that hangs up closes its media, and says why by signalling,
 * which is slower.
 */
const farewell = 1_500;

/**
 * Two sides and the media between them, from the first word to the last port. Who closes whom: whatever ends it (a
 * side, its media, an operator, our shutdown) is one input of the machine; its effects tell the sides that do not know
 * and close both; each side closes its own leg. A session that ended is `released` once its sides were told.
 */
export class Session<Caller extends CallerSide = CallerSide> {
  readonly id: string;
  readonly caller: Caller;
  readonly #o: SessionOptions<Caller>;
  readonly #released = Promise.withResolvers<void>();
  #callee: CalleeSide | null = null;
  readonly #watches: SessionWatch[] = [];
  #codecs: Awaited<ReturnType<CallerSide["offer"]>> = [];
  #standing = begin;
  #end: End | null = null;
  #inputs: SessionInput[] = [];
  #stepping = false;
  readonly #told: Promise<void>[] = [];
  #cancelDeadline: () => void = () => undefined;
  #cancelFarewell: () => void = () => undefined;

  constructor(options: SessionOptions<Caller>) {
    this.id = options.id;
    this.#o = options;
    this.caller = options.caller(this.#events("caller"));
  }

  get callee(): CalleeSide | null {
    return this.#callee;
  }

  get state(): SessionState {
    return this.#standing.state;
  }

  /** How it ended; null while it goes on. */
  get end(): End | null {
    return this.#end;
  }

  /** Resolves when nothing of it is left. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** Tells it everything from now on; the end also where it came before. */
  watch(watch: SessionWatch): void {
    this.#watches.push(watch);
    if (this.#over && this.#end) watch.over?.(this.#end);
    if (this.state === "ended") watch.released?.();
  }

  /** Once. Nothing is told to the sides before it returns. */
  start(): void {
    const expired: End = { ending: ending("NO_ANSWER"), by: "ours", why: "expired" };
    this.#cancelDeadline = this.#o.clock.after(unansweredWithin, () => this.hangup(expired));
    this.#guard(this.#prepare());
  }

  async #prepare(): Promise<void> {
    const callee = await this.#o.route();
    if (this.#over) return;
    this.#callee = callee({
      ...this.#events("callee"),
      alerting: () => this.#input({ type: "alerting" }),
      early: (choice) => this.#input({ ...choice, type: "early" }),
      taken: (choice) => this.#input({ ...choice, type: "taken" }),
    });
    this.#codecs = await this.caller.offer();
    if (!this.#over) this.#input({ type: "routed" });
  }

  /** Ends it from neither side. After the end without effect. */
  hangup(end: End): void {
    this.#input({ type: "hangup", end });
  }

  get #over(): boolean {
    return this.state === "ending" || this.state === "ended";
  }

  #events(side: SideName): SideEvents {
    return {
      over: (end) => this.#input({ type: "over", side, end }),
      lost: (reason, detail) => this.#lost(side, reason, detail),
      failed: (error) => this.#fail(error),
      digits: (digits, signalled) => {
        if (!this.#over) this[side === "caller" ? "callee" : "caller"]?.digits(digits, signalled);
      },
    };
  }

  #lost(side: SideName, reason: LostReason, detail?: string): void {
    if (this.#over) return;
    if (reason === "dtls-closed") {
      this.#cancelFarewell = this.#o.clock.after(farewell, () => this.#giveUp(side, reason));
    } else this.#giveUp(side, reason, detail);
  }

  #giveUp(side: SideName, reason: LostReason, detail?: string): void {
    if (this.#over) return;
    // Somebody may have tried to be who it is not.
    this.#o.log[reason === "dtls-failed" ? "warn" : "info"](
      { session: this.id, side, reason, ...(detail === undefined ? {} : { detail }) },
      "the media of a side is lost",
    );
    for (const watch of this.#watches) watch.lost?.(side, reason);
    const cause = this.state === "active" ? "MEDIA_TIMEOUT" : "DESTINATION_OUT_OF_ORDER";
    this.hangup({ ending: ending(cause), by: "network", why: "media" });
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    if (error instanceof Refused) {
      this.hangup(error.end);
      return;
    }
    const expected = error instanceof Failure;
    this.#o.log[expected ? "info" : "error"](
      { session: this.id, state: this.state, ...(expected ? { reason: reasonOf(error) } : { err: error }) },
      "a call cannot go on",
    );
    this.hangup(endOf(error));
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail(error));
  }

  /** One at a time: what an effect brings about comes after its siblings. */
  #input(given: SessionInput): void {
    this.#inputs.push(given);
    if (this.#stepping) return;
    this.#stepping = true;
    for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
      const input = next;
      this.#attempt(() => this.#take(input));
    }
    this.#stepping = false;
  }

  /** What one effect throws keeps no other from being done. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#over) this.#o.log.error({ session: this.id, err: error }, "a session did not end cleanly");
      else this.#fail(error);
    }
  }

  #take(input: SessionInput): void {
    const from = this.state;
    const taken = step(this.#standing, input);
    if (!taken) return;
    this.#standing = taken.standing;
    if ("end" in input) this.#end = input.end;
    if (this.state !== from) this.#changed(from);
    for (const effect of taken.effects) this.#attempt(() => this.#perform(effect));
  }

  #changed(from: SessionState): void {
    const { id, state } = this;
    const end = this.#end && { cause: this.#end.ending.cause, by: this.#end.by };
    this.#o.log.debug({ session: id, from, to: state, ...end }, "a session changed its state");
    if (state === "active" || state === "ending") this.#cancelDeadline();
    if (state === "ending") this.#cancelFarewell();
    for (const watch of this.#watches) watch.changed?.(state);
    if (state !== "ended") return;
    for (const watch of this.#watches) watch.released?.();
    this.#released.resolve();
  }

  #perform(effect: SessionEffect): void {
    const { caller } = this;
    const callee = this.#callee;
    switch (effect.type) {
      case "call":
        if (callee) this.#guard(callee.call(this.#codecs));
        break;
      case "alert":
        caller.alert();
        break;
      case "progress":
        this.#guard(caller.progress(effect).then(() => this.#input({ type: "progressed" })));
        break;
      case "answer":
        this.#guard(caller.answer(effect).then(() => this.#input({ type: "answered" })));
        break;
      case "connect":
        if (caller.leg && callee?.leg) this.#o.media.connect(caller.leg, callee.leg);
        break;
      case "confirm":
        callee?.confirm();
        break;
      case "tell": {
        const told = effect.side === "caller" ? caller : callee;
        if (told) this.#told.push(told.tell(effect.end));
        break;
      }
      case "release":
        void this.#release();
        break;
    }
  }

  async #release(): Promise<void> {
    const end = this.#end;
    if (end) for (const watch of this.#watches) watch.over?.(end);
    const closed = [this.caller.close(), this.#callee?.close()];
    for (const result of await Promise.allSettled([...this.#told, ...closed])) {
      if (result.status === "rejected")
        this.#o.log.error({ session: this.id, err: result.reason }, "a side did not close");
    }
    this.#input({ type: "released" });
  }
}
