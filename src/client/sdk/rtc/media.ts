import { asPhoneError, phoneError, WebPhoneError } from "./error.ts";
import { openMicrophone } from "./microphone.ts";

interface Candidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
}

export interface MediaEvents {
  /** A local candidate; an empty one ends them. Not before `trickle`. */
  candidate(candidate: Candidate): void;
  remoteStream(stream: MediaStream): void;
  connected(): void;
  /** ICE and DTLS will not connect, or no longer do. */
  failed(): void;
  /** The microphone was unplugged, or its permission was taken back; undefined: there is another. */
  microphone(error: WebPhoneError | undefined): void;
}

/** One call's audio: a peer connection that trickles both ways, fed by `microphone`. Closed once, for good. */
export class CallMedia {
  readonly #connection: RTCPeerConnection;
  #microphone: MediaStream;
  #sender: RTCRtpSender | undefined;
  readonly #ownsMicrophone: boolean;
  readonly #events: MediaEvents;
  /** Of the far side, until its description is there. */
  #early: Candidate[] = [];
  /** Ours, until the far side has our description; undefined from then on. */
  #held: Candidate[] | undefined = [];
  readonly #constraints: MediaTrackConstraints | undefined;
  /** Aborted by `close`. */
  readonly #gone = new AbortController();
  #muted = false;
  #closed = false;

  /** @param ownsMicrophone whether its tracks end with the call */
  constructor(
    configuration: RTCConfiguration,
    microphone: {
      readonly stream: MediaStream;
      readonly owned: boolean;
      /** How another one is opened. */
      readonly constraints: MediaTrackConstraints | undefined;
    },
    events: MediaEvents,
  ) {
    this.#events = events;
    this.#microphone = microphone.stream;
    this.#ownsMicrophone = microphone.owned;
    this.#constraints = microphone.constraints;
    this.#connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", ...configuration });
    const connection = this.#connection;
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (this.#closed) return;
      const found = {
        candidate: candidate?.candidate ?? "",
        sdpMid: candidate?.sdpMid ?? null,
        sdpMLineIndex: candidate?.sdpMLineIndex ?? null,
      };
      if (this.#held === undefined) events.candidate(found);
      else this.#held.push(found);
    });
    connection.addEventListener("track", ({ track, streams: [stream] }) => {
      if (!this.#closed) events.remoteStream(stream ?? new MediaStream([track]));
    });
    connection.addEventListener("connectionstatechange", () => {
      if (this.#closed) return;
      if (connection.connectionState === "connected") events.connected();
      if (connection.connectionState === "failed") events.failed();
    });
  }

  #addMicrophone(): void {
    const [track] = this.#microphone.getAudioTracks();
    if (track === undefined) throw phoneError("microphone-absent", "the stream given has no audio track");
    this.#sender = this.#connection.addTrack(track, this.#microphone);
    this.#watchMicrophone(track);
  }

  /** Media Capture and Streams, section 4.3.1: `ended` is no doing of ours, whose `stop` fires nothing. */
  #watchMicrophone(track: MediaStreamTrack): void {
    if (this.#ownsMicrophone) track.addEventListener("ended", () => void this.#reopenMicrophone());
  }

  /** Until there is one, whenever the devices change. */
  async #reopenMicrophone(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#replaceMicrophone(await openMicrophone(this.#constraints));
      if (!this.#gone.signal.aborted) this.#events.microphone(undefined);
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      const once = { once: true, signal: this.#gone.signal };
      navigator.mediaDevices.addEventListener("devicechange", () => void this.#reopenMicrophone(), once);
      this.#events.microphone(asPhoneError(error));
    }
  }

  async #replaceMicrophone(stream: MediaStream): Promise<void> {
    const [track] = stream.getAudioTracks();
    if (this.#closed || track === undefined) {
      stopTracks(stream);
      return;
    }
    stopTracks(this.#microphone);
    this.#microphone = stream;
    this.mute(this.#muted);
    this.#watchMicrophone(track);
    await this.#sender?.replaceTrack(track);
  }

  /** Our offer, without candidates: they follow by `candidate`. */
  async offer(): Promise<string> {
    return this.#run(async (connection) => {
      this.#addMicrophone();
      await connection.setLocalDescription();
      return connection.localDescription?.sdp ?? "";
    });
  }

  /** Our answer to their offer, without candidates. */
  async answer(offer: string): Promise<string> {
    return this.#run(async (connection) => {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      this.#addMicrophone();
      await this.#addEarly();
      await connection.setLocalDescription();
      return connection.localDescription?.sdp ?? "";
    });
  }

  /** Our description has been sent: its candidates may follow. */
  trickle(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (this.#closed) return;
    for (const candidate of held) this.#events.candidate(candidate);
  }

  /** Their answer; `final` is false for early media, which another answer may follow. */
  async take(answer: string, final: boolean): Promise<void> {
    return this.#run(async (connection) => {
      // Early media's answer is the call's in most cases: nothing is left to do. Nor is it where the call was given up.
      if (connection.signalingState === "stable" || this.#closed) return;
      await connection.setRemoteDescription({ type: final ? "answer" : "pranswer", sdp: answer });
      await this.#addEarly();
    });
  }

  /** Their candidate, whenever it comes. One that cannot be used is dropped: another may do. */
  async addCandidate(candidate: Candidate): Promise<void> {
    if (this.#closed) return;
    if (this.#connection.remoteDescription === null) {
      this.#early.push(candidate);
      return;
    }
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch {
      // Of a media section that is not there, or of a form this browser does not know.
    }
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    for (const track of this.#microphone.getAudioTracks()) track.enabled = !muted;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gone.abort();
    this.#connection.close();
    if (this.#ownsMicrophone) stopTracks(this.#microphone);
    else this.mute(false);
  }

  async #addEarly(): Promise<void> {
    const early = this.#early;
    this.#early = [];
    for (const candidate of early) await this.addCandidate(candidate);
  }

  async #run<Result>(work: (connection: RTCPeerConnection) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.#connection);
    } catch (error) {
      if (error instanceof WebPhoneError) throw error;
      throw phoneError(
        "media-failed",
        `the browser cannot use the session description: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  }
}

export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
