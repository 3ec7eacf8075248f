import type { Device } from "./devices.ts";
import { ending, type Ending } from "./endings.ts";
import type { Candidate, EndedBy, FailedWhy, OutgoingState, Party } from "./model.ts";
import type { ClientMessage, Exchange, PlacedEvents, PlaceRequest, WebSide } from "./ports.ts";
import { announce, Deadline, type InvitationFacts, type Reason, type Surroundings } from "./surroundings.ts";
import { asked, moved, outgoing, refusal, type OutgoingFrame } from "./transitions.ts";

interface OutgoingOptions {
  readonly request: PlaceRequest;
  /** The id that the device knows it by. */
  readonly name: string;
  readonly device: Device;
  readonly surroundings: Surroundings;
  /** Called once, when it is over. */
  readonly over: (invitation: OutgoingInvitation) => void;
}

/** How it ends before it was accepted. */
interface Failing {
  readonly ending: Ending;
  readonly why?: FailedWhy | undefined;
  readonly response?: string | undefined;
}

/** An invitation that a device sent, and the call that comes of it. */
export class OutgoingInvitation {
  readonly facts: InvitationFacts;
  readonly name: string;
  readonly device: Device;
  readonly startedAt: number;
  readonly #o: OutgoingOptions;
  readonly #deadline: Deadline;
  #state: OutgoingState = "idle";
  #over = false;
  /** Absent until the exchange has it. */
  #side: WebSide | undefined;

  constructor(o: OutgoingOptions) {
    const { id, user, displayName, to } = o.request;
    this.facts = { id, user, direction: "outgoing", from: { number: `0${user}`, name: displayName }, to };
    this.name = o.name;
    this.device = o.device;
    this.startedAt = o.surroundings.clock.now();
    this.#o = o;
    this.#deadline = new Deadline(o.surroundings.clock);
  }

  get state(): OutgoingState {
    return this.#state;
  }

  start(exchange: Exchange): void {
    const { request, surroundings } = this.#o;
    const { log, times } = surroundings;
    try {
      this.#side = exchange.place(request, this.#events());
    } catch (error) {
      log.error({ err: error, invitation: this.facts.id }, "the exchange did not take an invitation");
      this.#fail("failed", { ending: ending("NORMAL_TEMPORARY_FAILURE"), why: "switch" });
      return;
    }
    this.#move("sent");
    this.#tellState({});
    this.#deadline.set(times.sent, () => this.#expire("no-response"));
  }

  /** @throws Failure not-started, already-accepted, already-ended */
  cancel(): void {
    this.#ask("cancel");
    this.#withdraw("canceled", "caller", { ending: ending("ORIGINATOR_CANCEL") });
  }

  /** @throws Failure not-started, already-ended */
  hangup(): void {
    this.#ask("hangup");
    this.#hangUp("caller", ending("NORMAL_CLEARING"));
  }

  /** @throws Failure not-started, already-ended */
  digits(digits: string): void {
    this.#ask("dtmf");
    this.#side?.digits(digits);
  }

  /** @throws Failure already-ended */
  candidate(candidate: Candidate): void {
    this.#ask("candidate");
    this.#side?.candidate(candidate);
  }

  /** The device has gone. */
  vanished(): void {
    if (this.#over) return;
    if (this.#state === "accepted") this.#hangUp("network", ending("NETWORK_OUT_OF_ORDER"));
    else this.#withdraw("canceled", "network", { ending: ending("ORIGINATOR_CANCEL") });
  }

  /** Patchcord stops. */
  shutDown(): void {
    if (this.#over) return;
    const stopping = ending("SYSTEM_SHUTDOWN");
    if (this.#state === "accepted") this.#hangUp("ours", stopping);
    else this.#withdraw("failed", "ours", { ending: stopping, why: "switch" });
  }

  #events(): PlacedEvents {
    // Whatever crosses the end on its way here comes too late, and is no fault of anybody's.
    const late = (): boolean => this.#over;
    return {
      received: () => {
        // A phone may say so several times.
        if (late() || this.#state === "received") return;
        this.#move("received");
        this.#tellState({});
        this.#deadline.set(this.#o.surroundings.times.ringing, () => this.#expire("expired"));
      },
      progress: (sdp) => {
        if (!late() && this.#state !== "accepted") this.#tell({ type: "progress", id: this.name, sdp });
      },
      accepted: ({ sdp, response, party }) => {
        if (late()) return;
        this.#move("accepted");
        this.#deadline.clear();
        this.#tell({ type: "answer", id: this.name, sdp });
        this.#tellState({ response, party });
      },
      digits: (digits) => {
        if (!late()) this.#tell({ type: "dtmf", id: this.name, digits });
      },
      candidate: (candidate) => {
        if (!late()) this.#tell({ type: "candidate", id: this.name, candidate });
      },
      over: ({ ending: end, by, state, why, response }) => {
        if (late()) return;
        if (this.#state === "accepted") this.#ended(end, by);
        else this.#fail(state, { ending: end, why, response });
      },
    };
  }

  #expire(why: "no-response" | "expired"): void {
    const end = ending(why === "expired" ? "NO_ANSWER" : "NO_USER_RESPONSE");
    this.#withdraw("failed", "ours", { ending: end, why });
  }

  /** Ends before it was accepted, from this side. */
  #withdraw(state: "canceled" | "failed", by: EndedBy, failing: Failing): void {
    this.#fail(state, failing);
    this.#side?.end(by, failing.ending);
  }

  #hangUp(by: EndedBy, end: Ending): void {
    this.#ended(end, by);
    this.#side?.end(by, end);
  }

  #fail(state: "refused" | "canceled" | "failed", { ending: end, why, response }: Failing): void {
    this.#move(state, { ending: end, why });
    this.#finish();
    this.#tellState({ cause: why ?? end.cause, sip: end.sip, response });
  }

  #ended({ cause, sip }: Ending, by: EndedBy): void {
    this.#finish();
    this.#tell({ type: "ended", id: this.name, cause, sip, by });
  }

  #finish(): void {
    this.#over = true;
    this.#deadline.clear();
    this.#o.over(this);
  }

  #ask(frame: OutgoingFrame): void {
    if (this.#over) throw refusal("already-ended");
    asked(outgoing, this.#state, frame);
  }

  #move(to: OutgoingState, reason: Reason = {}): void {
    const from = this.#state;
    this.#state = moved(outgoing, from, to);
    announce(this.#o.surroundings, this.facts, from, to, { device: this.device, ...reason });
  }

  #tellState(more: {
    cause?: string;
    sip?: number;
    response?: string | undefined;
    party?: Party | undefined;
  }): void {
    const { response, party, ...rest } = more;
    this.#tell({
      type: "state",
      id: this.name,
      state: this.#state,
      ...rest,
      ...(response !== undefined && { response }),
      ...(party !== undefined && { party }),
    });
  }

  #tell(message: ClientMessage): void {
    this.device.client.tell(message);
  }
}
