import type {
  Candidate,
  EndedBy,
  Ending,
  PlacedEvents,
  PlaceRequest,
  WebSide,
} from "../../core/invitations/index.ts";
import type { Codec } from "../../protocol/sdp/index.ts";
import { outcomeOf } from "../endings.ts";
import type { Choice, End } from "../machine.ts";
import type { Media, MediaLeg } from "../media/index.ts";
import { OwnLeg } from "../own-leg.ts";
import type { CallerEvents, CallerSide, SideFacts } from "../side.ts";
import { connectWithin } from "./times.ts";

/** A web user's device that calls. */
export class WebCaller implements CallerSide, WebSide {
  readonly #request: Pick<PlaceRequest, "sdp">;
  readonly #told: PlacedEvents;
  readonly #events: CallerEvents;
  readonly #media: OwnLeg;
  /** Our answer: the one of early media is the one of the call. */
  #answer: Promise<string> | null = null;
  #over = false;

  constructor(o: {
    readonly request: Pick<PlaceRequest, "sdp">;
    readonly told: PlacedEvents;
    readonly media: Pick<Media, "webLeg">;
    readonly events: CallerEvents;
  }) {
    this.#request = o.request;
    this.#told = o.told;
    this.#events = o.events;
    this.#media = new OwnLeg((events) => o.media.webLeg(events), o.events);
  }

  get leg(): MediaLeg | null {
    return this.#media.leg;
  }

  async offer(): Promise<readonly Codec[]> {
    const leg = await this.#media.open();
    const { codecs } = await leg.acceptOffer(this.#request.sdp);
    this.#media.described();
    return codecs;
  }

  alert(): void {
    if (!this.#over) this.#told.received();
  }

  async progress(choice: Choice): Promise<void> {
    const sdp = await this.#answered(choice);
    if (!this.#over) this.#told.progress(sdp);
  }

  async answer(choice: Choice): Promise<void> {
    const { response, party } = choice;
    const sdp = await this.#answered(choice);
    if (this.#over) return;
    this.#told.accepted({
      sdp,
      ...(response === undefined ? {} : { response }),
      ...(party === undefined ? {} : { party }),
    });
    await this.leg?.connected(connectWithin);
  }

  async #answered({ codecs }: Choice): Promise<string> {
    this.#answer ??= this.leg?.createAnswer(codecs) ?? null;
    if (this.#answer === null) throw new Error("a caller is answered before its offer was taken");
    return this.#answer;
  }

  tell(end: End): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      const { ending, by, response } = end;
      this.#told.over({ ending, by, ...outcomeOf(end), ...(response === undefined ? {} : { response }) });
    }
    return Promise.resolve();
  }

  /** Its browser does not tell a page of the digits in its media. */
  digits(digits: string): void {
    if (!this.#over) this.#told.digits(digits);
  }

  facts(): SideFacts {
    return { sip: null, media: this.leg?.statistics() ?? null };
  }

  close(): Promise<void> {
    return this.#media.close();
  }

  /** The device gives up or hangs up, or is gone. */
  end(by: EndedBy, ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.over({ ending, by });
  }

  /** The device's page keyed them. */
  keyed(digits: string): void {
    if (!this.#over) this.#events.digits(digits, true);
  }

  candidate(candidate: Candidate): void {
    this.#media.candidate(candidate);
  }
}
