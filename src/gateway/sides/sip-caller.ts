import type { Codec } from "../../protocol/sdp/index.ts";
import type { IncomingInvite } from "../../protocol/sip/index.ts";
import { Failure } from "../../base/index.ts";
import { endingOf, reasonHeaders, reasonsOf, refusalStatus } from "../endings.ts";
import type { Choice, End } from "../machine.ts";
import type { Media, MediaLeg } from "../media/index.ts";
import { OwnLeg } from "../own-leg.ts";
import type { CallerEvents, CallerSide, SideFacts } from "../side.ts";
import { SipDialog } from "./sip-dialog.ts";

/** What we offer to an INVITE without one: G.711, which every SIP party has. */
const ownOffer: readonly Codec[] = [
  { name: "PCMU", clockRate: 8000, channels: 1, payloadType: 0, fmtp: "" },
  { name: "PCMA", clockRate: 8000, channels: 1, payloadType: 8, fmtp: "" },
  { name: "telephone-event", clockRate: 8000, channels: 1, payloadType: 101, fmtp: "0-15" },
];

/** A call of the switch to us (RFC 3261 section 13.3). */
export class SipCaller implements CallerSide {
  readonly #call: IncomingInvite;
  readonly #events: CallerEvents;
  readonly #media: OwnLeg;
  #dialog: SipDialog | null = null;
  #over = false;
  #status: number | null = null;
  #reason: string | null = null;

  constructor(o: {
    readonly call: IncomingInvite;
    readonly media: Pick<Media, "sipLeg">;
    readonly events: CallerEvents;
  }) {
    this.#call = o.call;
    this.#events = o.events;
    this.#media = new OwnLeg((events) => o.media.sipLeg(events), o.events);
    o.call.handle({
      canceled: (headers) => {
        this.#status = 487;
        this.#reason = headers?.get("Reason") ?? null;
        this.#ended({ ending: endingOf(487, reasonsOf(headers)), by: "caller" });
      },
    });
  }

  get leg(): MediaLeg | null {
    return this.#media.leg;
  }

  async offer(): Promise<readonly Codec[]> {
    const leg = await this.#media.open();
    const { sdp } = this.#call;
    return sdp === null ? ownOffer : (await leg.acceptOffer(sdp)).codecs;
  }

  alert(): void {
    if (this.#over) return;
    this.#status = 180;
    this.#call.ring();
  }

  async progress({ codecs }: Choice): Promise<void> {
    // What was not offered cannot be answered early.
    if (this.#call.sdp === null) return;
    const sdp = await this.#opened.createAnswer(codecs);
    if (this.#over) return;
    this.#status = 183;
    this.#call.ring({ status: 183, sdp });
  }

  async answer({ codecs }: Choice): Promise<void> {
    const leg = this.#opened;
    const offered = this.#call.sdp !== null;
    const sdp = await (offered ? leg.createAnswer(codecs) : leg.createOffer(codecs));
    if (this.#over) return;
    const dialog = this.#call.accept(sdp);
    this.#status = 200;
    this.#dialog = new SipDialog({
      dialog,
      leg,
      side: "caller",
      events: { ...this.#events, over: (end) => this.#ended(end) },
      ended: (reason) => (this.#reason = reason),
    });
    this.#dialog.holds(codecs);
    const answer = await dialog.acknowledged;
    if (offered) return;
    if (answer === null) throw new Failure("media-refused", "the ACK holds no answer to our offer");
    await leg.acceptAnswer(answer);
  }

  get #opened(): MediaLeg {
    if (this.leg) return this.leg;
    throw new Error("a caller is answered before its offer was taken");
  }

  #ended(end: End): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.over(end);
  }

  async tell(end: End): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    if (this.#dialog) return this.#dialog.end(end);
    const headers = reasonHeaders(end.ending);
    this.#status = refusalStatus(end.ending);
    this.#reason = headers[0]?.[1] ?? null;
    this.#call.reject(this.#status, headers);
  }

  /** Its own media carries the others. */
  digits(digits: string, signalled: boolean): void {
    if (signalled && !this.#over) this.leg?.sendDigits(digits);
  }

  facts(): SideFacts {
    return {
      sip: { callId: this.#call.callId, status: this.#status, reason: this.#reason },
      media: this.leg?.statistics() ?? null,
    };
  }

  close(): Promise<void> {
    return this.#media.close();
  }
}
