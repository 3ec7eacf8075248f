import type { Clock } from "../base/index.ts";
import type { OpenTrace, TraceFacts, Traces, TraceStart } from "../core/traces/index.ts";
import type { End, SessionState, SideName } from "./machine.ts";
import type { Session, SessionWatch } from "./session.ts";
import type { SideFacts } from "./side.ts";

const none: SideFacts = { sip: null, media: null };

/** Media tells nothing of its beginning: it is looked at so often, in milliseconds, and no longer than that. */
const lookEvery = 250;
const looksAtMost = 120;

/** Tells core/traces what a session did, under one reference: `web` is the side of the web user it is about. */
export class Tracing implements SessionWatch {
  readonly #o: { readonly session: Session; readonly web: SideName; readonly clock: Clock };
  readonly #trace: OpenTrace;
  #looks = 0;
  #cancelLook: (() => void) | null = null;

  constructor(o: {
    readonly traces: Pick<Traces, "open">;
    readonly start: Omit<TraceStart, "direction">;
    readonly web: SideName;
    readonly session: Session;
    readonly clock: Clock;
  }) {
    this.#o = o;
    const direction = o.web === "caller" ? "from-web-user" : "to-web-user";
    this.#trace = o.traces.open({ ...o.start, direction }, () => factsOf(o.session, o.web));
  }

  /** It rings under that invitation. */
  invitedAs(invitation: string): void {
    this.#trace.invitedAs(invitation);
  }

  changed(state: SessionState): void {
    if (state === "ringing" || state === "early") this.#trace.note("ringing");
    const media = state === "early" || state === "answering" || state === "active";
    if (media && this.#cancelLook === null) this.#look();
  }

  lost(side: SideName, reason: string): void {
    this.#trace.note("media-lost", `${side === this.#o.web ? "web" : "far"}: ${reason}`);
  }

  over({ ending: { cause, sip }, by }: End): void {
    this.#cancelLook?.();
    this.#noteMedia();
    this.#trace.end({ cause, sip, by });
  }

  #look(): void {
    this.#looks += 1;
    if (this.#noteMedia() || this.#looks >= looksAtMost) return;
    this.#cancelLook = this.#o.clock.after(lookEvery, () => this.#look());
  }

  /** Whether all that is awaited has come. */
  #noteMedia(): boolean {
    const { web, far } = factsOf(this.#o.session, this.#o.web);
    const ice = web?.ice === "connected";
    const dtls = web?.dtls === "connected";
    const [heard, heardFar] = [web, far].map((media) => (media?.received.packets ?? 0) > 0);
    if (ice) this.#trace.note("ice-connected");
    if (dtls) this.#trace.note("dtls-connected");
    if (heard) this.#trace.note("first-rtp", "web");
    // Another web user's is told by its own trace.
    const sip = far?.kind === "sip";
    if (sip && heardFar) this.#trace.note("first-rtp", "sip");
    return ice && dtls && heard === true && (!sip || heardFar === true);
  }
}

function factsOf(session: Session, web: SideName): TraceFacts {
  const caller = session.caller.facts();
  const callee = session.callee?.facts() ?? none;
  const [near, far] = web === "caller" ? [caller, callee] : [callee, caller];
  return { sip: far.sip, web: near.media, far: far.media };
}
