import { Failure } from "../../base/index.ts";
import { ending } from "../../core/invitations/index.ts";
import { answerDirection, type Codec } from "../../protocol/sdp/index.ts";
import type { Dialog, IncomingOffer } from "../../protocol/sip/index.ts";
import { kept } from "../codecs.ts";
import { endingOf, reasonHeaders, reasonsOf } from "../endings.ts";
import type { End, SideName } from "../machine.ts";
import type { MediaLeg } from "../media/index.ts";
import type { SideEvents } from "../side.ts";

export interface SipDialogOptions {
  readonly dialog: Dialog;
  readonly leg: MediaLeg;
  /** Which side the peer is. */
  readonly side: SideName;
  readonly events: SideEvents;
  /** The peer's BYE, its `Reason` as written. */
  readonly ended: (reason: string | null) => void;
}

/**
 * An answered call with the switch: its end, its digits, its offers. REFER, Replaces and other INFO are refused by the
 * agent as the RFCs want it: whom the switch's calls go to is for its own dialplan to say.
 */
export class SipDialog {
  readonly #o: SipDialogOptions;
  #codecs: readonly Codec[] = [];
  #over = false;

  constructor(options: SipDialogOptions) {
    this.#o = options;
    const { dialog, events, side } = options;
    dialog.handle({
      bye: (headers) => {
        options.ended(headers.get("Reason") ?? null);
        this.#ended({ ending: endingOf(200, reasonsOf(headers)), by: side });
      },
      lost: () => this.#ended({ ending: ending("RECOVERY_ON_TIMER_EXPIRE"), by: "network" }),
      digit: ({ digit }) => events.digits(digit, true),
      reinvite: (offer) => {
        this.#reoffered(offer).catch((error: unknown) => {
          // A description that cannot be used leaves the call as it was; anything else is a fault of ours.
          if (error instanceof Failure) offer.reject(488);
          else events.failed(error);
        });
      },
    });
  }

  /** The codecs of the call: no later offer may change them. */
  holds(codecs: readonly Codec[]): void {
    this.#codecs = codecs;
  }

  /** Resolves once the peer confirmed its BYE, or can no longer. */
  async end({ ending: how }: End): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#o.dialog.bye(reasonHeaders(how));
  }

  #ended(end: End): void {
    if (this.#over) return;
    this.#over = true;
    this.#o.events.over(end);
  }

  /** Hold and resume, another address, a refresh of the session (RFC 3261 section 14, RFC 4028). */
  async #reoffered(offer: IncomingOffer): Promise<void> {
    const { leg } = this.#o;
    if (offer.sdp === null) {
      const answer = await offer.accept(await leg.createOffer(this.#codecs));
      if (answer !== null) await leg.acceptAnswer(answer);
      return;
    }
    const { codecs: offered, direction } = await leg.acceptOffer(offer.sdp);
    const wanted = answerDirection(direction, "sendrecv");
    const sdp = await leg.createAnswer(kept(offered, this.#codecs), wanted);
    // A switch that never acknowledges it ends the call itself, or is found lost.
    await offer.accept(sdp).catch(() => null);
  }
}
