import type { ServerFrame, SignallingLimits } from "../../../contract/index.ts";
import type { Call } from "./call.ts";
import { Emitter } from "./emitter.ts";
import { phoneError, type WebPhoneError } from "./error.ts";
import { Link } from "./link.ts";
import { Session } from "./session.ts";

export interface WebPhoneOptions {
  /** Where Patchcord serves, e.g. `https://pbx.example`. */
  readonly url: string;
  /** A web user's token, of `POST /webclients/tokens` or `npx patchcord token USER`. */
  readonly token: string;
  /** How the microphone is opened; `true` of getUserMedia if not given. */
  readonly microphone?: MediaTrackConstraints;
  /** Plays the calls; an element of the phone's own if not given. Null: play `call.remoteStream` yourself. */
  readonly audio?: HTMLAudioElement | null;
}

export interface InviteOptions {
  /** An extension, `0` and a web user's number, or what else the installation lets web users dial. */
  readonly to: string;
  /** For the callee, at most `limits.content` bytes of UTF-8. */
  readonly content?: string;
  readonly channelId?: string;
  /** Speak with this instead of the microphone; its tracks are left running at the end. */
  readonly stream?: MediaStream;
}

/** Of the phone. `connecting` before the first time, `reconnecting` after; `closed` is final. */
export type WebPhoneState = "connecting" | "ready" | "reconnecting" | "closed";

export interface WebPhoneEvents {
  /** `error`: why it is not, or no longer, ready. */
  state: { readonly state: WebPhoneState; readonly error?: WebPhoneError };
  /** Someone calls; the caller is told that it rings. */
  incoming: Call;
}

/** Who the token says one is. */
export interface WebUser {
  /** Without the 0. */
  readonly number: string;
  readonly displayName: string;
  /** When the token ends: milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly limits: SignallingLimits;
}

// RFC 7519 section 3: three parts. Other tokens of Patchcord are one.
const jwtForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** 128 random bits; `crypto.randomUUID` is missing outside secure contexts. */
const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );

/**
 * A web user's device at one Patchcord, in a browser. Connects at once, and again whenever the connection drops;
 * the calls of a dropped connection end, by `network`.
 */
export class WebPhone {
  readonly #options: WebPhoneOptions;
  readonly #events = new Emitter<WebPhoneEvents>();
  readonly #calls = new Map<string, Session>();
  readonly #link: Link;
  #state: WebPhoneState = "connecting";
  #error: WebPhoneError | undefined;
  #user: WebUser | undefined;
  #iceServers: RTCIceServer[] = [];

  /** @throws WebPhoneError not-a-web-token, unreachable (the url is none) */
  constructor(options: WebPhoneOptions) {
    if (!jwtForm.test(options.token)) {
      throw phoneError(
        "not-a-web-token",
        "this is no web user's token: make one with `npx patchcord token USER`",
      );
    }
    if (!URL.canParse(options.url) || !/^https?:/.test(options.url))
      throw phoneError("unreachable", `${options.url} is no http address`);
    this.#options = options;
    this.#link = new Link(options.url, options.token, {
      ready: (welcome) => {
        this.#user = {
          number: welcome.user,
          displayName: welcome.displayName,
          expiresAt: welcome.expiresAt,
          limits: welcome.limits,
        };
        this.#iceServers = welcome.iceServers.map(({ urls, ...secrets }) => ({
          urls: [...urls],
          ...secrets,
        }));
        this.#change("ready");
      },
      frame: (frame) => this.#take(frame),
      lost: (error) => {
        this.#loseCalls(error);
        this.#change(this.#user === undefined ? "connecting" : "reconnecting", error);
      },
      refused: (error) => {
        this.#loseCalls(error);
        this.#change("closed", error);
      },
    });
  }

  get state(): WebPhoneState {
    return this.#state;
  }

  /** Why it is not ready; undefined while it is, or nothing has failed yet. */
  get error(): WebPhoneError | undefined {
    return this.#error;
  }

  /** Undefined until it was ready once. */
  get user(): WebUser | undefined {
    return this.#user;
  }

  /** Those that have not ended, in the order they began. */
  get calls(): readonly Call[] {
    return [...this.#calls.values()];
  }

  on<Type extends keyof WebPhoneEvents>(
    type: Type,
    listener: (payload: WebPhoneEvents[Type]) => void,
  ): () => void {
    return this.#events.on(type, listener);
  }

  /**
   * Calls. The call is there at once, in the state `idle`; whatever goes wrong, the microphone and the connection
   * included, is told by its `ended`, never before this returns.
   */
  invite({ to, content, channelId, stream }: InviteOptions): Call {
    const session = this.#session({
      id: newId(),
      direction: "outgoing",
      remote: { number: to, name: "" },
      number: to,
      content,
      channelId,
    });
    queueMicrotask(() => void session.place(stream));
    return session;
  }

  /** Hangs up what there is and disconnects for good. Idempotent. */
  close(): void {
    if (this.#state === "closed") return;
    for (const session of this.#calls.values()) {
      // What rings here goes on ringing at the user's other devices.
      if (session.direction === "outgoing" || session.state !== "received") void session.hangup();
    }
    const error = phoneError("closed", "the phone was closed");
    this.#loseCalls(error);
    this.#link.close(error);
    this.#change("closed");
  }

  #session(call: Pick<Session, "id" | "direction" | "remote" | "number" | "content" | "channelId">): Session {
    const session = new Session({
      ...call,
      link: this.#link,
      configuration: { iceServers: this.#iceServers },
      microphone: this.#options.microphone,
      audio: this.#options.audio,
      over: () => this.#calls.delete(call.id),
    });
    this.#calls.set(call.id, session);
    return session;
  }

  #take(frame: ServerFrame): void {
    if (frame.type === "invitation") {
      this.#ring(frame);
      return;
    }
    if (!("id" in frame) || frame.id === undefined || frame.type === "error") return;
    this.#calls.get(frame.id)?.take(frame);
  }

  #ring({ id, from, sdp, content, channelId, number }: Extract<ServerFrame, { type: "invitation" }>): void {
    // Unheard, it does not ring: Patchcord gives up this device, and says so to the caller if there is no other.
    if (this.#calls.has(id) || !this.#events.has("incoming")) return;
    const session = this.#session({
      id,
      direction: "incoming",
      remote: { number: from.number, name: from.name },
      number,
      content,
      channelId,
    });
    session.offered(sdp);
    this.#events.emit("incoming", session);
  }

  #loseCalls(error: WebPhoneError): void {
    for (const session of this.#calls.values()) session.lost(error);
  }

  #change(state: WebPhoneState, error?: WebPhoneError): void {
    this.#state = state;
    this.#error = error;
    this.#events.emit("state", { state, ...(error === undefined ? {} : { error }) });
  }
}

/**
 * A phone that is ready. A network that fails the first time rejects; later it is mended by itself.
 * @throws WebPhoneError unauthorized, not-a-web-token, unreachable, connection-lost
 */
export async function connect(options: WebPhoneOptions): Promise<WebPhone> {
  const phone = new WebPhone(options);
  const { promise, resolve, reject } = Promise.withResolvers<WebPhone>();
  const stop = phone.on("state", ({ state, error }) => {
    if (state === "ready") resolve(phone);
    else if (error !== undefined) reject(error);
  });
  try {
    return await promise;
  } catch (error) {
    phone.close();
    throw error;
  } finally {
    stop();
  }
}
