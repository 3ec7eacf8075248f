import { Failure } from "../../base/index.ts";
import type { Party } from "../../core/invitations/index.ts";
import type { Codec } from "../../protocol/sdp/index.ts";
import type { InviteOptions, OutgoingHandlers, OutgoingInvite, UserAgent } from "../../protocol/sip/index.ts";
import { settled } from "../codecs.ts";
import { endingOf, reasonHeaders, reasonsOf } from "../endings.ts";
import type { End } from "../machine.ts";
import type { Media, MediaLeg } from "../media/index.ts";
import { OwnLeg } from "../own-leg.ts";
import type { CalleeEvents, CalleeSide, SideFacts } from "../side.ts";
import { SipDialog } from "./sip-dialog.ts";

/** An INVITE but for our offer. */
export type Inviting = Omit<InviteOptions, "sdp">;

/** A call of ours to the switch (RFC 3261 section 13.2). */
export class SipCallee implements CalleeSide {
  readonly #inviting: Inviting;
  readonly #party: { readonly party?: Party };
  readonly #agent: Pick<UserAgent, "invite">;
  readonly #events: CalleeEvents;
  readonly #media: OwnLeg;
  #invite: OutgoingInvite | null = null;
  #dialog: SipDialog | null = null;
  /** The answer that the leg took last, and what it chose. */
  #answer: { readonly sdp: string; readonly codecs: Promise<readonly Codec[]> } | null = null;
  #over = false;
  #status: number | null = null;
  #reason: string | null = null;

  constructor(o: {
    readonly inviting: Inviting;
    /** Who answers there, where we know. */
    readonly party?: Party;
    readonly agent: Pick<UserAgent, "invite">;
    readonly media: Pick<Media, "sipLeg">;
    readonly events: CalleeEvents;
  }) {
    this.#inviting = o.inviting;
    this.#party = o.party === undefined ? {} : { party: o.party };
    this.#agent = o.agent;
    this.#events = o.events;
    this.#media = new OwnLeg((events) => o.media.sipLeg(events), o.events);
  }

  get leg(): MediaLeg | null {
    return this.#media.leg;
  }

  async call(codecs: readonly Codec[]): Promise<void> {
    const leg = await this.#media.open();
    const sdp = await leg.createOffer(codecs);
    if (this.#over) return;
    this.#invite = this.#agent.invite({ ...this.#inviting, sdp }, this.#handlers());
  }

  #handlers(): OutgoingHandlers {
    return {
      provisional: ({ status, sdp }) => {
        if (this.#over) return;
        this.#status = status;
        if (sdp !== null) this.#guard(this.#early(sdp));
        // Forwarded, queued or progressing without sound, somebody was reached: the caller waits for an answer.
        else if (status > 100) this.#events.alerting();
      },
      accepted: ({ dialog, sdp }) => {
        this.#status = 200;
        // The agent ends itself what crosses a CANCEL.
        if (this.#over) return;
        this.#dialog = new SipDialog({
          dialog,
          leg: this.#opened,
          side: "callee",
          events: { ...this.#events, over: (end) => this.#ended(end) },
          ended: (reason) => (this.#reason = reason),
        });
        this.#guard(this.#accepted(this.#dialog, sdp ?? this.#answer?.sdp));
      },
      rejected: ({ status, headers }) => {
        this.#status = status;
        this.#reason = headers?.get("Reason") ?? null;
        this.#ended({ ending: endingOf(status, reasonsOf(headers)), by: headers ? "callee" : "network" });
      },
    };
  }

  async #early(sdp: string): Promise<void> {
    const codecs = await this.#chosen(sdp);
    if (!this.#over) this.#events.early({ codecs });
  }

  async #accepted(dialog: SipDialog, sdp: string | undefined): Promise<void> {
    if (sdp === undefined) throw new Failure("media-refused", "the switch answered without a description");
    const codecs = await this.#chosen(sdp);
    dialog.holds(codecs);
    if (!this.#over) this.#events.taken({ codecs, ...this.#party });
  }

  /** FreeSWITCH repeats in its 200 what it said in its 183. */
  #chosen(sdp: string): Promise<readonly Codec[]> {
    if (this.#answer?.sdp === sdp) return this.#answer.codecs;
    const codecs = this.#opened.acceptAnswer(sdp).then((answer) => settled(answer.codecs));
    this.#answer = { sdp, codecs };
    return codecs;
  }

  get #opened(): MediaLeg {
    if (this.leg) return this.leg;
    throw new Error("the switch answered what it was not offered");
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#over) this.#events.failed(error);
    });
  }

  #ended(end: End): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.over(end);
  }

  /** Its ACK went out with its answer. */
  confirm(): void {}

  async tell(end: End): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    if (this.#dialog) await this.#dialog.end(end);
    else this.#invite?.cancel(reasonHeaders(end.ending));
  }

  /** Its own media carries the others. */
  digits(digits: string, signalled: boolean): void {
    if (signalled && !this.#over) this.leg?.sendDigits(digits);
  }

  facts(): SideFacts {
    const callId = this.#invite?.callId;
    return {
      sip: callId === undefined ? null : { callId, status: this.#status, reason: this.#reason },
      media: this.leg?.statistics() ?? null,
    };
  }

  close(): Promise<void> {
    return this.#media.close();
  }
}
