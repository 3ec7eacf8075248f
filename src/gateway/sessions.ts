import type { Clock, Logger } from "../base/index.ts";
import { ending } from "../core/invitations/index.ts";
import type { End, SessionState } from "./machine.ts";
import type { Media } from "./media/index.ts";
import { Session, type SessionOptions } from "./session.ts";
import type { CallerSide } from "./side.ts";

/** Every session that is not released. */
export class Sessions {
  readonly #o: { readonly media: Pick<Media, "connect">; readonly clock: Clock; readonly log: Logger };
  readonly #all = new Map<string, Session>();
  #closing = false;

  constructor(o: { readonly media: Pick<Media, "connect">; readonly clock: Clock; readonly log: Logger }) {
    this.#o = o;
  }

  /** Whether no more are taken. */
  get closing(): boolean {
    return this.#closing;
  }

  /** A new one; whoever asked for it starts it. */
  open<Caller extends CallerSide>(
    options: Pick<SessionOptions<Caller>, "id" | "caller" | "route">,
  ): Session<Caller> {
    const session = new Session({ ...options, ...this.#o });
    this.#all.set(session.id, session);
    session.watch({ over: (end) => this.#ended(session, end) });
    void session.released.then(() => this.#all.delete(session.id));
    return session;
  }

  #ended({ id, caller, callee }: Session, { ending: { cause, sip }, by }: End): void {
    const callId = (caller.facts().sip ?? callee?.facts().sip)?.callId;
    this.#o.log.info(
      { session: id, ...(callId === undefined ? {} : { callId }), cause, sip, by },
      "a call of the gateway ended",
    );
  }

  list(): readonly Session[] {
    return [...this.#all.values()];
  }

  /** Sessions by state. */
  counts(): Partial<Record<SessionState, number>> {
    const counts: Partial<Record<SessionState, number>> = {};
    for (const { state } of this.#all.values()) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  /** Takes no more and ends all; resolves when they are released, or after `deadline` milliseconds. */
  async close(deadline: number): Promise<void> {
    this.#closing = true;
    const all = this.list();
    for (const session of all)
      session.hangup({ ending: ending("SYSTEM_SHUTDOWN"), by: "ours", why: "switch" });
    const late = Promise.withResolvers<void>();
    const cancel = this.#o.clock.after(deadline, late.resolve);
    await Promise.race([Promise.all(all.map(({ released }) => released)), late.promise]);
    cancel();
  }
}
