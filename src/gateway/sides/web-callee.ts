import {
  ending,
  type Ringing,
  type RingEvents,
  type RingRequest,
  type WebUsers,
} from "../../core/invitations/index.ts";
import type { Codec } from "../../protocol/sdp/index.ts";
import { settled } from "../codecs.ts";
import type { Choice, End } from "../machine.ts";
import type { Media, MediaLeg } from "../media/index.ts";
import { OwnLeg } from "../own-leg.ts";
import type { CalleeEvents, CalleeSide, SideFacts } from "../side.ts";
import { connectWithin } from "./times.ts";

/** A call to a web user, but for our offer. */
export type Invited = Omit<RingRequest, "sdp">;

/** A web user that is called, at all of its devices. */
export class WebCallee implements CalleeSide {
  readonly #invited: Invited;
  readonly #webUsers: WebUsers;
  readonly #events: CalleeEvents;
  readonly #noted: WebCalleeNotes;
  readonly #media: OwnLeg;
  #ringing: Ringing | null = null;
  #over = false;

  constructor(o: {
    readonly invited: Invited;
    readonly webUsers: WebUsers;
    readonly media: Pick<Media, "webLeg">;
    readonly events: CalleeEvents;
    readonly noted?: WebCalleeNotes;
  }) {
    this.#invited = o.invited;
    this.#webUsers = o.webUsers;
    this.#events = o.events;
    this.#noted = o.noted ?? {};
    this.#media = new OwnLeg((events) => o.media.webLeg(events), o.events);
  }

  get leg(): MediaLeg | null {
    return this.#media.leg;
  }

  async call(codecs: readonly Codec[]): Promise<void> {
    // Without media of ours: whoever dials around for web users that are away takes no ports.
    if (!this.#webUsers.isOnline(this.#invited.user)) {
      this.#ended({ ending: ending("SUBSCRIBER_ABSENT"), by: "callee", why: "offline" });
      return;
    }
    const leg = await this.#media.open();
    const sdp = await leg.createOffer(codecs);
    if (this.#over) return;
    this.#ringing = this.#webUsers.ring({ ...this.#invited, sdp }, this.#ringEvents());
    this.#noted.invited?.(this.#ringing.id);
  }

  #ringEvents(): RingEvents {
    return {
      received: () => {
        if (!this.#over) this.#events.alerting();
      },
      accepted: ({ displayName, sdp, response }) => {
        if (this.#over) return;
        this.#noted.answered?.(displayName);
        const party = { number: `0${this.#invited.user}`, name: displayName };
        this.#connect(sdp, { party, ...(response === undefined ? {} : { response }) }).catch(
          (error: unknown) => {
            if (!this.#over) this.#events.failed(error);
          },
        );
      },
      digits: (digits) => {
        if (!this.#over) this.#events.digits(digits, true);
      },
      candidate: (candidate) => this.#media.candidate(candidate),
      over: (end) => this.#ended(end),
    };
  }

  async #connect(sdp: string, said: Pick<Choice, "party" | "response">): Promise<void> {
    const { leg } = this;
    if (!leg) throw new Error("a web user answered what it was not offered");
    const { codecs } = await leg.acceptAnswer(sdp);
    this.#media.described();
    const choice = settled(codecs);
    await leg.connected(connectWithin);
    if (this.#over) return;
    this.#events.taken({ codecs: choice, ...said });
  }

  #ended(end: End): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.over(end);
  }

  confirm(): void {
    this.#ringing?.confirm();
  }

  tell({ ending: how, by, why }: End): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      this.#ringing?.end({ ending: how, by, ...(why === undefined ? {} : { why }) });
    }
    return Promise.resolve();
  }

  /** Its browser does not tell a page of the digits in its media. */
  digits(digits: string): void {
    if (!this.#over) this.#ringing?.digits(digits);
  }

  facts(): SideFacts {
    return { sip: null, media: this.leg?.statistics() ?? null };
  }

  close(): Promise<void> {
    return this.#media.close();
  }
}

/** What becomes known of the call on its way. */
export interface WebCalleeNotes {
  /** It rings under that invitation. */
  readonly invited?: (invitation: string) => void;
  /** The device that took it. */
  readonly answered?: (displayName: string) => void;
}
