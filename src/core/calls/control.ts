/** The call-control port: what core asks of a switch. Implemented by switch/. */

/** Where one side of a call that we make is to go. */
export type Endpoint =
  | { readonly kind: "extension"; readonly number: string }
  | { readonly kind: "webUser"; readonly number: string }
  | { readonly kind: "app"; readonly app: "echo" | "park" }
  | { readonly kind: "app"; readonly app: "conference"; readonly room: string };

export interface OriginateRequest {
  /** Our id of the call to be; set on every leg as `patchcord_call`. */
  readonly call: string;
  /** Called first. */
  readonly from: Exclude<Endpoint, { readonly kind: "app" }>;
  /** What `from` is connected with once it answered. */
  readonly to: Endpoint;
  readonly callerIdName: string | null;
  readonly callerIdNumber: string | null;
  readonly timeoutSeconds: number;
  readonly autoAnswer: boolean;
  readonly dtmfAfterAnswer: string | null;
  /** Channel variables the app asks for; names and values are checked where they enter. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What can be asked of a channel. `uuid` is a channel of the node that is asked. */
export type ChannelCommand =
  | { readonly verb: "hangup"; readonly uuid: string; readonly cause: string }
  | { readonly verb: "answer"; readonly uuid: string }
  | { readonly verb: "hold"; readonly uuid: string }
  | { readonly verb: "resume"; readonly uuid: string }
  | { readonly verb: "transfer"; readonly uuid: string; readonly to: string; readonly context: string }
  | { readonly verb: "bridge"; readonly uuid: string; readonly other: string }
  | { readonly verb: "park"; readonly uuid: string }
  | { readonly verb: "dtmf"; readonly uuid: string; readonly digits: string };

export interface CallControl {
  /**
   * Asks the switch to make a call; resolves when it says that the first side answered, rejects with
   * `switch-refused` (its cause name as `extra.cause`), `switch-unavailable`, `switch-not-bound`, or `not-confirmed`
   * when it has said nothing for some time after the phone stopped ringing.
   */
  originate(node: string, request: OriginateRequest, signal: AbortSignal): Promise<void>;
  /** Resolves when the switch accepted the command (`+OK`); the effect itself is an event. Rejects as above. */
  command(node: string, command: ChannelCommand, signal: AbortSignal): Promise<void>;
}
