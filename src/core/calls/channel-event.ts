/** What a switch reports of its channels, freed of its wire: the only input of the fold. */
import type { Party } from "./model.ts";

/** The two sides of a call as it was asked for. */
export interface RequestedParties {
  readonly from: Party;
  readonly to: Party;
  /** Whether `to` is a phone rather than an application. */
  readonly awaitsCallee: boolean;
}

export interface ChannelFacts {
  /** Unique-ID. */
  readonly uuid: string;
  readonly direction: "inbound" | "outbound";
  /** Inbound: the account that was authenticated, if any; else Caller-Caller-ID-Number, which a phone may make up. */
  readonly callerNumber: string;
  /** Caller-Caller-ID-Name. */
  readonly callerName: string;
  readonly calleeNumber: string;
  readonly calleeName: string;
  /** Inbound: what was dialled. Outbound: who was called. Both as at first, whatever became of the channel since. */
  readonly destination: string;
  /** Channel-Name, e.g. `sofia/internal/1001@patchcord.local`. */
  readonly channelName: string;
  /** Caller-Channel-Created-Time, milliseconds since the epoch. */
  readonly createdAt: number;
  /** Caller-Channel-Answered-Time; null while unanswered. */
  readonly answeredAt: number | null;
  /** Channel-Call-State: DOWN DIALING RINGING EARLY ACTIVE HELD RING_WAIT HANGUP UNHELD. */
  readonly callState: string;
  readonly codec: string | null;
  /** The other leg that the switch names (Other-Leg-Unique-ID, signal_bond, originator): same call. */
  readonly relatedTo: string | null;
  /** Channel variable `patchcord_call`: the call that we asked the switch to make this leg for. */
  readonly requestedCall: string | null;
  /** Channel variables `patchcord_from` and `patchcord_to`, beside the former; absent where none are told. */
  readonly requestedParties?: RequestedParties;
  /** Channel variable `originator`: the channel that had this one called. Null where a command had, or none is told. */
  readonly originator: string | null;
  /**
   * `X-Patchcord-Ref` that the channel bears, by a header or as `patchcord_ref`: a leg of the gateway, if we issued it.
   * Null: it bears none.
   */
  readonly reference: string | null;
  /** The latest blind transfer of this channel, by REFER or by command. Null: none was told. */
  readonly blindTransfer: BlindTransfer | null;
}

export interface BlindTransfer {
  /** Unique to this transfer: every later event of the channel repeats it. */
  readonly id: string;
  /** The number it was sent to. */
  readonly to: string;
}

/** An attended transfer: `moved` is to talk with `target` (RFC 3891). Both are uuids. */
export interface AttendedTransfer {
  readonly moved: string;
  readonly target: string;
}

/**
 * Names as in FreeSWITCH's `switch_event_types_t`. mod_valet_parking tells of its slots only by `valet_parking::info`:
 * `hold` is CHANNEL_PARK here, `bridge` and `exit` are CHANNEL_UNPARK.
 */
export type ChannelEventName =
  | "CHANNEL_CREATE"
  | "CHANNEL_PROGRESS"
  | "CHANNEL_PROGRESS_MEDIA"
  | "CHANNEL_CALLSTATE"
  | "CHANNEL_ANSWER"
  | "CHANNEL_BRIDGE"
  | "CHANNEL_UNBRIDGE"
  | "CHANNEL_HOLD"
  | "CHANNEL_UNHOLD"
  | "CHANNEL_PARK"
  | "CHANNEL_UNPARK"
  | "CHANNEL_HANGUP_COMPLETE"
  | "CALL_UPDATE"
  | "DTMF"
  /** A REFER or Replaces that the switch acted on: sofia::transferor, ::transferee, ::replaced, ::intercepted. */
  | "TRANSFER";

export interface ChannelEvent {
  readonly name: ChannelEventName;
  readonly node: string;
  /** Core-UUID of the switch process: another one means that every older channel is gone. */
  readonly core: string;
  /** Event-Sequence: the order in which the switch made its events; unique within a core. */
  readonly sequence: number;
  /** Event-Date-Timestamp, milliseconds since the epoch. */
  readonly time: number;
  readonly channel: ChannelFacts;
  /** CHANNEL_BRIDGE, CHANNEL_UNBRIDGE: the other channel. */
  readonly bridgedWith: string | null;
  /** Hangup-Cause, once the channel is hanging up. */
  readonly cause: string | null;
  /** TRANSFER by REFER with Replaces, told of the channel that asked for it. */
  readonly attended: AttendedTransfer | null;
  /** DTMF-Digit; the transfer's destination; else null. */
  readonly detail: string | null;
}

/** A channel that the switch still has, from `show channels` confirmed by `uuid_exists` and `uuid_dump`. */
export interface ChannelSnapshot {
  readonly channel: ChannelFacts;
  readonly bridgedWith: string | null;
  readonly parked: boolean;
  /** Event-Sequence of the `uuid_dump`; without one it counts as newer than every event applied so far. */
  readonly sequence?: number;
}
