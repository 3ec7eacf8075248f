import type { Device } from "./devices.ts";
import { ending, type Ending } from "./endings.ts";
import type { Candidate, EndedBy, FailedWhy, IncomingState } from "./model.ts";
import type { ClientMessage, RingEvents, Ringing, RingRequest } from "./ports.ts";
import { announce, Deadline, type InvitationFacts, type Reason, type Surroundings } from "./surroundings.ts";
import { asked, incoming, moved, refusal, type IncomingFrame } from "./transitions.ts";

interface IncomingOptions {
  readonly id: string;
  readonly request: RingRequest;
  readonly events: RingEvents;
  readonly surroundings: Surroundings;
  /** Called once, when it is over. */
  readonly over: (invitation: IncomingInvitation) => void;
}

/** How it ends before it was accepted. */
interface Failing {
  readonly ending: Ending;
  readonly why?: FailedWhy | undefined;
  /** Whose doing it was. */
  readonly device?: Device;
}

/** A browser's own candidates are a dozen; ours are few. */
const mostCandidates = 64;

/** An invitation that rings at the devices of a user, and the call of the one that took it. */
export class IncomingInvitation implements Ringing {
  readonly facts: InvitationFacts;
  readonly startedAt: number;
  readonly #o: IncomingOptions;
  /** The time until a device acknowledges, or until the device that took it is connected. */
  readonly #step: Deadline;
  readonly #ringing: Deadline;
  readonly #told = new Set<Device>();
  /** Ours, for devices that are told later. */
  readonly #candidates: Candidate[] = [];
  #state: IncomingState = "idle";
  #over = false;
  #acknowledged = false;
  #winner: Device | undefined;

  constructor(o: IncomingOptions) {
    const { user, from, number } = o.request;
    this.facts = { id: o.id, user, direction: "incoming", from, to: number };
    this.startedAt = o.surroundings.clock.now();
    this.#o = o;
    this.#step = new Deadline(o.surroundings.clock);
    this.#ringing = new Deadline(o.surroundings.clock);
  }

  get id(): string {
    return this.facts.id;
  }

  get state(): IncomingState {
    return this.#state;
  }

  /** The device that took it. */
  get device(): Device | undefined {
    return this.#winner;
  }

  /** Rings at the devices, at least one. */
  start(devices: readonly Device[]): void {
    const { request, surroundings } = this.#o;
    this.#move("received");
    this.#step.set(surroundings.times.acknowledge, () => this.#expire("no-response", "NO_USER_RESPONSE"));
    this.#ringing.set(request.ringFor, () => this.#expire("expired", "NO_ANSWER"));
    for (const device of devices) this.offer(device);
  }

  /** Rings at a device that has just come, too. */
  offer(device: Device): void {
    if (this.#over || this.#state !== "received") return;
    const { from, sdp, content, channelId, media, number } = this.#o.request;
    this.#told.add(device);
    device.client.tell({
      type: "invitation",
      id: this.id,
      from,
      sdp,
      ...(content !== undefined && { content }),
      ...(channelId !== undefined && { channelId }),
      media,
      number,
    });
    for (const candidate of this.#candidates)
      this.#tell(device, { type: "candidate", id: this.id, candidate });
  }

  /** @throws Failure already-accepted, already-ended, as all that a device asks */
  received(device: Device): void {
    this.#ask(device, "received");
    if (this.#acknowledged) return;
    this.#acknowledged = true;
    this.#step.clear();
    this.#o.events.received();
  }

  accept(device: Device, { sdp, response }: { readonly sdp: string; readonly response?: string }): void {
    this.#ask(device, "accept");
    this.#winner = device;
    this.#move("acceptSent", { device });
    this.#ringing.clear();
    this.#step.set(this.#o.surroundings.times.confirm, () =>
      this.#expire("media", "RECOVERY_ON_TIMER_EXPIRE"),
    );
    this.#tellState(device);
    const { cause, sip } = ending("LOSE_RACE");
    const others = [...this.#told].filter((one) => one !== device);
    this.#told.clear();
    this.#told.add(device);
    for (const other of others) {
      this.#tell(other, { type: "state", id: this.id, state: "canceled", cause, sip });
    }
    const { session, displayName } = device.client;
    this.#o.events.accepted({ session, displayName, sdp, ...(response !== undefined && { response }) });
  }

  refuse(
    device: Device,
    { reason = "declined", response }: { readonly reason?: "busy" | "declined"; readonly response?: string },
  ): void {
    this.#ask(device, "refuse");
    const end = ending(reason === "busy" ? "USER_BUSY" : "CALL_REJECTED");
    this.#fail("refused", { ending: end, device });
    this.#o.events.over({ ending: end, by: "callee", ...(response !== undefined && { response }) });
  }

  hangup(device: Device): void {
    this.#ask(device, "hangup");
    if (this.#state === "accepted") this.#hangUp(ending("NORMAL_CLEARING"), "callee");
    else this.#give("canceled", "callee", { ending: ending("CALL_REJECTED"), device });
  }

  dtmf(device: Device, digits: string): void {
    this.#ask(device, "dtmf");
    this.#o.events.digits(digits);
  }

  trickle(device: Device, candidate: Candidate): void {
    this.#ask(device, "candidate");
    this.#o.events.candidate(candidate);
  }

  /** The device has gone. */
  vanished(device: Device): void {
    if (!this.#told.delete(device) || this.#over) return;
    if (this.#winner) {
      const end = ending("NETWORK_OUT_OF_ORDER");
      if (this.#state === "accepted") this.#hangUp(end, "network");
      else this.#give("failed", "network", { ending: end, why: "offline", device });
    } else if (this.#told.size === 0) {
      this.#give("failed", "network", { ending: ending("SUBSCRIBER_ABSENT"), why: "offline", device });
    }
  }

  /** Patchcord stops. */
  shutDown(): void {
    if (this.#over) return;
    const stopping = ending("SYSTEM_SHUTDOWN");
    if (this.#state === "accepted") this.#hangUp(stopping, "ours");
    else this.#give("failed", "ours", { ending: stopping, why: "switch" });
  }

  /** @throws Error if no device has taken it: a bug of the gateway's */
  confirm(): void {
    if (this.#over || this.#state === "accepted") return;
    this.#move("accepted", { device: this.#winner });
    this.#step.clear();
    for (const device of this.#told) this.#tellState(device);
  }

  end({ ending: end, by, why }: Parameters<Ringing["end"]>[0]): void {
    if (this.#over) return;
    if (this.#state === "accepted") this.#ended(end, by);
    else this.#fail(why === undefined ? "canceled" : "failed", { ending: end, why });
  }

  digits(digits: string): void {
    if (this.#over || this.#state !== "accepted") return;
    for (const device of this.#told) this.#tell(device, { type: "dtmf", id: this.id, digits });
  }

  candidate(candidate: Candidate): void {
    if (this.#over) return;
    if (this.#candidates.length < mostCandidates) this.#candidates.push(candidate);
    for (const device of this.#told) this.#tell(device, { type: "candidate", id: this.id, candidate });
  }

  #expire(why: "no-response" | "expired" | "media", cause: Ending["cause"]): void {
    this.#give("failed", "ours", { ending: ending(cause), why });
  }

  /** Ends before it was accepted, and the gateway is told. */
  #give(state: "canceled" | "failed", by: EndedBy, failing: Failing): void {
    this.#fail(state, failing);
    const { ending: end, why } = failing;
    this.#o.events.over({ ending: end, by, ...(why !== undefined && { why }) });
  }

  #hangUp(end: Ending, by: EndedBy): void {
    this.#ended(end, by);
    this.#o.events.over({ ending: end, by });
  }

  #fail(state: "refused" | "canceled" | "failed", failing: Failing): void {
    const { ending: end, why, device } = failing;
    this.#move(state, { ending: end, why, device: device ?? this.#winner });
    this.#finish();
    for (const one of this.#told) this.#tellState(one, { cause: why ?? end.cause, sip: end.sip });
  }

  #ended({ cause, sip }: Ending, by: EndedBy): void {
    this.#finish();
    for (const device of this.#told) this.#tell(device, { type: "ended", id: this.id, cause, sip, by });
  }

  #finish(): void {
    this.#over = true;
    this.#step.clear();
    this.#ringing.clear();
    this.#o.over(this);
  }

  /** A device that another one was faster than is told what became of the invitation. */
  #ask(device: Device, frame: IncomingFrame): void {
    if (this.#over) throw refusal("already-ended");
    if (this.#winner && this.#winner !== device) throw refusal("already-accepted");
    asked(incoming, this.#state, frame);
  }

  #move(to: IncomingState, reason: Reason = {}): void {
    const from = this.#state;
    this.#state = moved(incoming, from, to);
    announce(this.#o.surroundings, this.facts, from, to, reason);
  }

  #tellState(device: Device, more: { readonly cause?: string; readonly sip?: number } = {}): void {
    this.#tell(device, { type: "state", id: this.id, state: this.#state, ...more });
  }

  #tell(device: Device, message: ClientMessage): void {
    device.client.tell(message);
  }
}
