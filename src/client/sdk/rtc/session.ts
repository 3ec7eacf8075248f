import type { InvitationState, ServerFrame } from "../../../contract/index.ts";
import type { AcceptOptions, Call, CallEnd, CallEvents, RefuseOptions } from "./call.ts";
import { Emitter } from "./emitter.ts";
import { asPhoneError, phoneError, type WebPhoneError } from "./error.ts";
import { canceledHere, endOf, hungUpHere, lostWith, refusedHere } from "./ends.ts";
import type { Link } from "./link.ts";
import { CallMedia, stopTracks } from "./media.ts";
import { openMicrophone } from "./microphone.ts";
import { Playout } from "./playout.ts";
import { isOver, mayMove, type Direction } from "./states.ts";

type CallFrame = Extract<ServerFrame, { id: string }>;
type Candidate = Extract<ServerFrame, { type: "candidate" }>["candidate"];

export interface SessionOptions {
  readonly link: Pick<Link, "send" | "request">;
  readonly id: string;
  readonly direction: Direction;
  readonly remote: Call["remote"];
  readonly number: string;
  readonly content: string | undefined;
  readonly channelId: string | undefined;
  readonly configuration: RTCConfiguration;
  readonly microphone: MediaTrackConstraints | undefined;
  readonly audio: HTMLAudioElement | null | undefined;
  /** Told once, before `ended`. */
  readonly over: () => unknown;
}

/** How long Patchcord may take to confirm what ends a call before it ends here all the same. */
const endTime = 5_000;
const digitsForm = /^[0-9A-Da-d*#]{1,64}$/;

/** A call: the invitation's states as Patchcord tells them, its media, and one way out of all of them: `#finish`. */
export class Session implements Call {
  readonly id: string;
  readonly direction: Direction;
  remote: Call["remote"];
  readonly number: string;
  readonly content: string | undefined;
  readonly channelId: string | undefined;
  readonly startedAt = Date.now();
  answeredAt: number | undefined;
  response: string | undefined;
  remoteStream: MediaStream | undefined;
  muted = false;
  end: CallEnd | undefined;

  readonly #options: SessionOptions;
  readonly #events = new Emitter<CallEvents>();
  readonly #playout: Playout;
  /** Settled by the call's end. */
  readonly #over = Promise.withResolvers<CallEnd>();
  /** Settled by `accepted` or the call's end. */
  readonly #decided = Promise.withResolvers<void>();
  #state: InvitationState = "idle";
  #media: CallMedia | undefined;
  #offer = "";
  #placed = false;
  #accepting = false;
  /** Descriptions are applied one after the other. */
  #work: Promise<void> = Promise.resolve();
  /** Of the far side, for a peer connection that does not exist yet, or is made anew when the first one failed. */
  readonly #remoteCandidates: Candidate[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.direction = options.direction;
    this.remote = options.remote;
    this.number = options.number;
    this.content = options.content;
    this.channelId = options.channelId;
    this.#playout = new Playout(options.audio);
  }

  get state(): InvitationState {
    return this.#state;
  }

  on<Type extends keyof CallEvents>(type: Type, listener: (payload: CallEvents[Type]) => void): () => void {
    return this.#events.on(type, listener);
  }

  /** Sends the invitation; what goes wrong ends the call. */
  async place(stream: MediaStream | undefined): Promise<void> {
    const { link, number, content, channelId } = this.#options;
    try {
      const media = await this.#openMedia(stream);
      const sdp = await media.offer();
      if (this.end !== undefined) return;
      const asked = link.request({
        type: "invite",
        id: this.id,
        to: number,
        sdp,
        media: "audio",
        ...(content === undefined ? {} : { content }),
        ...(channelId === undefined ? {} : { channelId }),
      });
      this.#placed = true;
      try {
        await asked;
      } catch (error) {
        // Refused, there is nothing to take back; unanswered, there may be.
        this.#placed = asPhoneError(error).code === "timeout";
        throw error;
      }
      this.#move("sent");
      media.trickle();
    } catch (error) {
      this.#fail(asPhoneError(error));
    }
  }

  /** Rings. */
  offered(sdp: string): void {
    this.#offer = sdp;
    this.#move("received");
    this.#options.link.send({ type: "received", id: this.id });
  }

  async accept({ response, stream }: AcceptOptions = {}): Promise<void> {
    this.#require("accept", this.direction === "incoming" && this.#state === "received" && !this.#accepting);
    this.#accepting = true;
    let sdp: string;
    try {
      const media = await this.#openMedia(stream);
      sdp = await media.answer(this.#offer);
    } catch (error) {
      this.#media?.close();
      this.#media = undefined;
      this.#accepting = false;
      throw error;
    }
    this.#require("accept", true);
    const asked = this.#options.link.request({
      type: "accept",
      id: this.id,
      sdp,
      ...(response === undefined ? {} : { response }),
    });
    this.#move("acceptSent");
    this.#media?.trickle();
    try {
      await asked;
    } catch (error) {
      if (this.end === undefined) this.#fail(asPhoneError(error));
    }
    await this.#decided.promise;
    if (this.end !== undefined) throw this.#endedError(this.end);
  }

  async refuse({ reason = "declined", response }: RefuseOptions = {}): Promise<void> {
    this.#require("refuse", this.direction === "incoming" && this.#state === "received");
    const { link } = this.#options;
    try {
      await link.request({
        type: "refuse",
        id: this.id,
        reason,
        ...(response === undefined ? {} : { response }),
      });
    } catch (error) {
      // Ended in the same instant, as was wanted.
      if (this.end !== undefined) return;
      const { code } = asPhoneError(error);
      if (code !== "already-ended" && code !== "not-started") throw error;
    }
    await this.#endsBy(refusedHere(reason));
  }

  async cancel(): Promise<void> {
    if (this.end !== undefined) return;
    this.#require("cancel", this.direction === "outgoing" && this.#state !== "accepted");
    if (!this.#placed) {
      this.#finish({ ...canceledHere, state: "failed" });
      return;
    }
    this.#release();
    await this.#withdraw();
    await this.#endsBy(canceledHere);
  }

  async hangup(): Promise<void> {
    if (this.end !== undefined) return;
    if (this.#state === "accepted" || this.#state === "acceptSent") await this.#hangup();
    else if (this.direction === "outgoing") await this.cancel();
    else {
      try {
        await this.refuse();
      } catch {
        // Patchcord cannot be asked: this device stops ringing, others may go on.
        this.#finish({ ...refusedHere("declined"), sip: 0 });
      }
    }
  }

  async dtmf(digits: string): Promise<void> {
    if (!digitsForm.test(digits))
      throw phoneError("invalid-digits", "1 to 64 keys can be pressed at once: 0-9, A-D, * and #");
    this.#require("press keys", this.#state === "accepted");
    await this.#options.link.request({ type: "dtmf", id: this.id, digits: digits.toUpperCase() });
  }

  mute(muted = true): void {
    this.muted = muted;
    if (this.end === undefined) this.#media?.mute(muted);
  }

  async play(): Promise<void> {
    if (this.remoteStream === undefined || this.end !== undefined) return;
    if (!(await this.#playout.play(this.remoteStream))) this.#events.emit("playoutBlocked", undefined);
  }

  /** What Patchcord tells of this call. A state that does not follow from the present one changes nothing. */
  take(frame: CallFrame): void {
    if (this.end !== undefined) return;
    switch (frame.type) {
      case "state":
        this.#takeState(frame);
        break;
      case "progress":
      case "answer":
        this.#takeAnswer(frame.sdp, frame.type === "answer");
        break;
      case "candidate":
        this.#remoteCandidates.push(frame.candidate);
        void this.#media?.addCandidate(frame.candidate);
        break;
      case "dtmf":
        this.#events.emit("dtmf", frame.digits);
        break;
      case "ended":
        this.#finish({
          state: isOver(this.#state) ? this.#state : "accepted",
          cause: frame.cause,
          sip: frame.sip,
          by: frame.by,
        });
        break;
      case "invitation":
        break;
    }
  }

  /** The connection is gone, and the call with it; or the phone was closed. */
  lost(error: WebPhoneError): void {
    this.#finish(lostWith(error, this.answeredAt !== undefined));
  }

  #takeState(frame: Extract<CallFrame, { type: "state" }>): void {
    const { state, response, party } = frame;
    if (!mayMove(this.direction, this.#state, state)) return;
    if (response !== undefined) this.response = response;
    if (party !== undefined) this.remote = { number: party.number || this.number, name: party.name };
    if (isOver(state)) {
      this.#finish(endOf(frame, state));
      return;
    }
    if (state === "accepted") {
      this.answeredAt = Date.now();
      this.#decided.resolve();
    }
    this.#move(state);
  }

  #takeAnswer(sdp: string, final: boolean): void {
    const media = this.#media;
    if (this.direction !== "outgoing" || media === undefined) return;
    this.#work = this.#takeAfter(this.#work, media, sdp, final);
  }

  async #takeAfter(earlier: Promise<void>, media: CallMedia, sdp: string, final: boolean): Promise<void> {
    await earlier;
    try {
      await media.take(sdp, final);
    } catch (error) {
      this.#fail(asPhoneError(error));
    }
  }

  async #openMedia(given: MediaStream | undefined): Promise<CallMedia> {
    const stream = given ?? (await openMicrophone(this.#options.microphone));
    if (this.end !== undefined) {
      if (given === undefined) stopTracks(stream);
      throw this.#endedError(this.end);
    }
    const media = new CallMedia(
      this.#options.configuration,
      { stream, owned: given === undefined, constraints: this.#options.microphone },
      {
        candidate: (candidate) => {
          this.#options.link.send({ type: "candidate", id: this.id, candidate });
        },
        remoteStream: (remote) => {
          this.remoteStream = remote;
          this.#events.emit("remoteStream", remote);
          void this.play();
        },
        connected: () => this.#events.emit("connected", undefined),
        microphone: (error) => this.#events.emit("microphone", error),
        failed: () => {
          this.#fail(
            phoneError("media-failed", "the sound could not be connected, or the connection was lost"),
          );
        },
      },
    );
    this.#media = media;
    media.mute(this.muted);
    for (const candidate of this.#remoteCandidates) void media.addCandidate(candidate);
    return media;
  }

  /** Takes the invitation back; a callee who answered in that instant is hung up on. */
  async #withdraw(): Promise<void> {
    const { link } = this.#options;
    try {
      await link.request({ type: "cancel", id: this.id });
    } catch (error) {
      if (asPhoneError(error).code === "already-accepted") link.send({ type: "hangup", id: this.id });
    }
  }

  async #hangup(): Promise<void> {
    this.#release();
    try {
      await this.#options.link.request({ type: "hangup", id: this.id });
    } catch {
      // The end comes all the same: by Patchcord's own word, by the connection's loss, or below.
    }
    await this.#endsBy(hungUpHere(this.direction));
  }

  /** Resolves at the call's end: as Patchcord tells it, else as `fallback` says. */
  async #endsBy(fallback: CallEnd): Promise<void> {
    const timer = setTimeout(() => this.#finish(fallback), endTime);
    await this.#over.promise;
    clearTimeout(timer);
  }

  /** What cannot go on here is ended at Patchcord too. */
  #fail(error: WebPhoneError): void {
    if (this.end !== undefined) return;
    const { link } = this.#options;
    const answered = this.answeredAt !== undefined;
    if (this.#placed && !answered) void this.#withdraw();
    else if (answered || this.#state === "acceptSent") link.send({ type: "hangup", id: this.id });
    this.#finish({ state: answered ? "accepted" : "failed", cause: error.code, sip: 0, by: "ours", error });
  }

  #move(state: InvitationState): void {
    if (!mayMove(this.direction, this.#state, state)) return;
    this.#state = state;
    this.#events.emit("state", state);
  }

  #finish(end: CallEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.#state = end.state;
    this.#release();
    this.#decided.resolve();
    this.#over.resolve(end);
    this.#options.over();
    this.#events.emit("state", end.state);
    this.#events.emit("ended", end);
  }

  /** Microphone, peer connection and sound; none of them is needed while an end is waited for. */
  #release(): void {
    this.#media?.close();
    this.#playout.stop();
  }

  #require(verb: string, allowed: boolean): void {
    if (this.end !== undefined) throw this.#endedError(this.end);
    if (!allowed)
      throw phoneError("not-allowed", `one cannot ${verb} an ${this.direction} call that is ${this.#state}`);
  }

  #endedError(end: CallEnd): WebPhoneError {
    return end.error ?? phoneError("already-ended", `the call has ended: ${end.cause}`);
  }
}
