import type { InvitationState, ServerFrame } from "../../../contract/index.ts";
import type { WebPhoneError } from "./error.ts";
import type { Direction } from "./states.ts";

/** How a call came to its end. */
export interface CallEnd {
  /** The state that the invitation ended in; `accepted`: the call was answered and ended later. */
  readonly state: Extract<InvitationState, "accepted" | "refused" | "canceled" | "failed">;
  /**
   * FreeSWITCH's cause name (`USER_BUSY` …), or why the invitation failed (`offline`, `no-response`, `expired`,
   * `media`, `switch`), or the code of `error`.
   */
  readonly cause: string;
  /** SIP status that says the same; 200 for a normal end, 0 where this device ended it without asking Patchcord. */
  readonly sip: number;
  readonly by: Extract<ServerFrame, { type: "ended" }>["by"];
  /** What the far side gave with its answer or refusal. */
  readonly response?: string;
  /** What failed on this device, or between it and Patchcord. */
  readonly error?: WebPhoneError;
}

export interface CallEvents {
  state: InvitationState;
  /** The far side's sound: early media or the call's. */
  remoteStream: MediaStream;
  /** The media of both sides is connected. */
  connected: undefined;
  /**
   * The microphone was lost in the call, which goes on unheard: it is opened again by itself as soon as the browser has
   * one, and told with undefined.
   */
  microphone: WebPhoneError | undefined;
  /** Keys that the far side pressed. */
  dtmf: string;
  /** The browser plays no sound before the user has touched the page: call `play` from a click. */
  playoutBlocked: undefined;
  /** The last event; microphone and connection are released. */
  ended: CallEnd;
}

/** One call of a web user's device. Every promise settles, at the call's end at the latest. */
export interface Call {
  readonly id: string;
  readonly direction: Direction;
  readonly state: InvitationState;
  /** The other side, of an outgoing call who answered once someone did; `name` is empty where it is not known. */
  readonly remote: { readonly number: string; readonly name: string };
  /** What the caller dialled. */
  readonly number: string;
  readonly content: string | undefined;
  readonly channelId: string | undefined;
  /** What the callee gave with its answer. */
  readonly response: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly answeredAt: number | undefined;
  readonly remoteStream: MediaStream | undefined;
  readonly muted: boolean;
  /** Undefined while the call lasts. */
  readonly end: CallEnd | undefined;

  on<Type extends keyof CallEvents>(type: Type, listener: (payload: CallEvents[Type]) => void): () => void;
  /**
   * Takes an incoming call; resolves once the caller has the answer. After a `microphone-…` error it still rings.
   * @throws WebPhoneError
   */
  accept(options?: AcceptOptions): Promise<void>;
  /** Turns an incoming call down, on every device of the user. @throws WebPhoneError */
  refuse(options?: RefuseOptions): Promise<void>;
  /** Gives up an outgoing call; one that was answered meanwhile is hung up. */
  cancel(): Promise<void>;
  /** Ends the call, in whatever state it is. Never rejects. */
  hangup(): Promise<void>;
  /** Presses keys, `[0-9A-D*#]{1,64}`. @throws WebPhoneError */
  dtmf(digits: string): Promise<void>;
  mute(muted?: boolean): void;
  /** Plays the remote stream, where `playoutBlocked` told that it is silent. */
  play(): Promise<void>;
}

export interface AcceptOptions {
  /** At most `limits.response` bytes of UTF-8, for the caller. */
  readonly response?: string;
  /** Speak with this instead of the microphone; its tracks are left running at the end. */
  readonly stream?: MediaStream;
}

export interface RefuseOptions {
  readonly reason?: "busy" | "declined";
  readonly response?: string;
}
