import type { OpenTrace, TraceFacts, Traces, TraceStart } from "../core/traces/index.ts";
import type { Session, SessionWatch } from "./session.ts";
import type { SideFacts } from "./side.ts";

const none: SideFacts = { sip: null, media: null };

/** Which side of a session is the web user that a trace is about. */
type WebSideName = "caller" | "callee";

/** Tells core/traces what a session did, under one reference. */
export class Tracing implements SessionWatch {
  readonly #trace: OpenTrace;
  readonly #web: WebSideName;

  constructor(o: {
    readonly traces: Pick<Traces, "open">;
    readonly start: Omit<TraceStart, "direction">;
    readonly web: WebSideName;
    readonly session: Session;
  }) {
    this.#web = o.web;
    const direction = o.web === "caller" ? "from-web-user" : "to-web-user";
    this.#trace = o.traces.open({ ...o.start, direction }, () => factsOf(o.session, o.web));
  }

  /** It rings under that invitation. */
  invitedAs(invitation: string): void {
    this.#trace.invitedAs(invitation);
  }

  changed(state: Session["state"]): void {
    if (state === "ringing" || state === "early") this.#trace.note("ringing");
    // A web user that is called is connected before its answer counts, one that calls before the session is active.
    if (state !== (this.#web === "callee" ? "answering" : "active")) return;
    this.#trace.note("ice-connected");
    this.#trace.note("dtls-connected");
  }

  lost(side: WebSideName, reason: string): void {
    this.#trace.note("media-lost", `${side === this.#web ? "web" : "far"}: ${reason}`);
  }

  over({ ending: { cause, sip }, by }: Parameters<NonNullable<SessionWatch["over"]>>[0]): void {
    this.#trace.end({ cause, sip, by });
  }
}

function factsOf(session: Session, web: WebSideName): TraceFacts {
  const caller = session.caller.facts();
  const callee = session.callee?.facts() ?? none;
  const [near, far] = web === "caller" ? [caller, callee] : [callee, caller];
  return { sip: far.sip, web: near.media, far: far.media };
}
