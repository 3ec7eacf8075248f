import type { ClientFrame, ServerFrame } from "../../../contract/index.ts";
import { phoneError, WebPhoneError } from "./error.ts";
import { parseFrame } from "./frames.ts";

type Welcome = Extract<ServerFrame, { type: "welcome" }>;

export interface LinkEvents {
  /** The user is online. */
  ready(welcome: Welcome): void;
  frame(frame: ServerFrame): void;
  /** The connection is gone, another is being made in `retryIn` milliseconds. */
  lost(reason: WebPhoneError, retryIn: number): void;
  /** There will be no other connection. */
  refused(reason: WebPhoneError): void;
}

/** `signallingProtocol` of the contract, of which only types may be imported. */
const subprotocol = "patchcord.1";

const answerTime = 10_000;
/**
 * How often a connection shows that it lives. One that sends nothing learns from no browser that its network is gone:
 * after a night's sleep, or behind a NAT that forgot it, it would look open for a quarter of an hour.
 */
const beatTime = 20_000;
const shortestPause = 500;
const longestPause = 15_000;

/** RFC 6455 section 7.4.1: 1008 policy violation. The token is no longer good, or something else was not. */
const policyViolation = 1008;

/** A number in browsers. */
type Timer = ReturnType<typeof setTimeout>;

interface Pending {
  readonly settle: (answer: ServerFrame) => void;
  readonly fail: (error: WebPhoneError) => void;
  readonly timer: Timer;
}

const lostError = (words: string): WebPhoneError => phoneError("connection-lost", words);

const unreachableError = (url: string): WebPhoneError =>
  phoneError("unreachable", `nothing answers at ${url} as Patchcord does`);

/** The token's refusal, which the page of a failed WebSocket is not told: asked for by an ordinary request. */
async function refusalOf(url: string, token: string): Promise<WebPhoneError | undefined> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(answerTime),
    });
    if (response.status !== 401 && response.status !== 403) return undefined;
    const problem: unknown = await response.json();
    const detail = typeof problem === "object" && problem !== null && "detail" in problem && problem.detail;
    return phoneError("unauthorized", typeof detail === "string" ? detail : "Patchcord refuses the token");
  } catch {
    return undefined;
  }
}

/** The WebSocket to `/rtc`, made anew whenever it drops; requests are answered by frames with their `ref`. */
export class Link {
  readonly #url: string;
  readonly #token: string;
  readonly #events: LinkEvents;
  readonly #pending = new Map<string, Pending>();
  #socket: WebSocket | undefined;
  #retry: Timer | undefined;
  #nextBeat: Timer | undefined;
  #beating = false;
  #pause = shortestPause;
  #ready = false;
  #closed = false;
  #refs = 0;

  constructor(url: string, token: string, events: LinkEvents) {
    this.#url = `${url.replace(/\/+$/, "")}/rtc`;
    this.#token = token;
    this.#events = events;
    addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#shown);
    this.#open();
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Sends a frame that wants no answer; without a connection nothing is sent. */
  send(frame: ClientFrame): void {
    if (this.#ready) this.#socket?.send(JSON.stringify(frame));
  }

  /**
   * Sends a frame and resolves with its answer.
   * @throws WebPhoneError with Patchcord's code, or not-ready, connection-lost, timeout, closed
   */
  request(frame: ClientFrame): Promise<ServerFrame> {
    if (!this.#ready) {
      return Promise.reject(
        this.#closed
          ? phoneError("closed", "the phone was closed")
          : phoneError("not-ready", "there is no connection to Patchcord now; try again in a moment"),
      );
    }
    this.#refs += 1;
    const ref = String(this.#refs);
    const { promise, resolve, reject } = Promise.withResolvers<ServerFrame>();
    const timer = setTimeout(() => {
      this.#pending.delete(ref);
      reject(phoneError("timeout", `Patchcord did not answer within ${answerTime / 1000} s`));
    }, answerTime);
    this.#pending.set(ref, { settle: resolve, fail: reject, timer });
    this.#socket?.send(JSON.stringify({ ...frame, ref }));
    return promise;
  }

  /** Closes for good. Idempotent; settles every request. */
  close(reason = phoneError("closed", "the phone was closed")): void {
    if (this.#closed) return;
    this.#closed = true;
    removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#shown);
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#drop(reason);
    socket?.close(1000);
  }

  /** The network, or the page, is back: what waits for its turn is tried now, what stands has to show that it does. */
  readonly #wake = (): void => {
    if (this.#closed) return;
    if (this.#socket !== undefined) {
      void this.#beat(this.#socket);
      return;
    }
    clearTimeout(this.#retry);
    this.#open();
  };

  /** A page that is being closed is hidden first: it connects no more. */
  readonly #shown = (): void => {
    if (document.visibilityState === "visible") this.#wake();
  };

  async #beat(socket: WebSocket): Promise<void> {
    if (!this.#ready || this.#beating) return;
    this.#beating = true;
    clearTimeout(this.#nextBeat);
    try {
      await this.request({ type: "ping" });
    } catch (error) {
      // Any other error is an answer too.
      const silent = error instanceof WebPhoneError && error.code === "timeout";
      if (silent && socket === this.#socket) this.#over(socket, lostError("Patchcord no longer answers"));
    }
    this.#beating = false;
    this.#beatLater(this.#socket);
  }

  #beatLater(socket: WebSocket | undefined): void {
    clearTimeout(this.#nextBeat);
    if (this.#ready && socket !== undefined)
      this.#nextBeat = setTimeout(() => void this.#beat(socket), beatTime);
  }

  #open(): void {
    const socket = new WebSocket(
      `${this.#url.replace(/^http/, "ws")}?token=${encodeURIComponent(this.#token)}`,
      [subprotocol],
    );
    this.#socket = socket;
    let opened = false;
    let welcome: Welcome | undefined;
    let refusal: WebPhoneError | undefined;
    const deadline = setTimeout(() => {
      if (socket === this.#socket) this.#over(socket, lostError("Patchcord did not say that it is ready"));
    }, answerTime);
    socket.addEventListener("open", () => {
      opened = true;
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket !== this.#socket) return;
      const frame = parseFrame(data);
      if (frame?.type === "welcome") welcome = frame;
      else if (frame?.type === "ready" && welcome !== undefined) {
        clearTimeout(deadline);
        this.#ready = true;
        this.#pause = shortestPause;
        this.#beatLater(socket);
        this.#events.ready(welcome);
      } else if (frame?.type === "error" && !this.#ready) {
        refusal = new WebPhoneError(frame.code, frame.detail);
      } else if (frame !== undefined) this.#take(frame);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      clearTimeout(deadline);
      if (socket !== this.#socket) return;
      const words = refusal ?? lostError(reason || "the connection to Patchcord was lost");
      if (!opened) void this.#askWhy(socket, unreachableError(this.#url));
      else if (code === policyViolation) void this.#askWhy(socket, words);
      else this.#over(socket, words);
    });
  }

  /** A token that is refused is final; anything else may be better next time. */
  async #askWhy(socket: WebSocket, otherwise: WebPhoneError): Promise<void> {
    this.#drop(otherwise);
    this.#socket = socket;
    const refusal = await refusalOf(this.#url, this.#token);
    if (socket !== this.#socket) return;
    if (refusal === undefined) this.#over(socket, otherwise);
    else {
      this.close(refusal);
      this.#events.refused(refusal);
    }
  }

  #take(frame: ServerFrame): void {
    const ref = "ref" in frame ? frame.ref : undefined;
    const pending = ref === undefined ? undefined : this.#pending.get(ref);
    // The state that answers a request is told before the request is settled: whoever waits for it finds it there.
    this.#events.frame(frame);
    if (ref === undefined || pending === undefined) return;
    this.#pending.delete(ref);
    clearTimeout(pending.timer);
    if (frame.type === "error") pending.fail(new WebPhoneError(frame.code, frame.detail));
    else pending.settle(frame);
  }

  #drop(reason: WebPhoneError): void {
    this.#socket = undefined;
    this.#ready = false;
    clearTimeout(this.#nextBeat);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { fail, timer } of pending) {
      clearTimeout(timer);
      fail(reason);
    }
  }

  #over(socket: WebSocket, reason: WebPhoneError): void {
    this.#drop(reason);
    socket.close();
    // Half to all of the pause: a restarted Patchcord is not met by all its users in one instant.
    const retryIn = Math.round(this.#pause * (0.5 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, longestPause);
    this.#retry = setTimeout(() => this.#open(), retryIn);
    this.#events.lost(reason, retryIn);
  }
}
