import type { Clock, Logger, Publish } from "../../base/index.ts";
import type { Device } from "./devices.ts";
import type { Ending } from "./endings.ts";
import type { FailedWhy, IncomingState, OutgoingState, Party } from "./model.ts";

/** Milliseconds. */
export interface InvitationTimes {
  /** Until a device has acknowledged an invitation. */
  readonly acknowledge: number;
  /** Until the media of an invitation that a device took is connected: the gateway's own deadline is shorter. */
  readonly confirm: number;
  /** Until something is heard of an invitation that a device sent: the gateway gives up before. */
  readonly sent: number;
  /** How long such an invitation may ring elsewhere: whoever rings gives up before. */
  readonly ringing: number;
  /** How long the id of an invitation that is over is known. */
  readonly remember: number;
}

/** What every invitation works with. */
export interface Surroundings {
  readonly clock: Clock;
  readonly publish: Publish;
  readonly log: Logger;
  readonly times: InvitationTimes;
}

/** What an invitation is, for the event and the list. */
export interface InvitationFacts {
  /** Ours. */
  readonly id: string;
  /** The web user whose invitation it is, without the 0. */
  readonly user: string;
  readonly direction: "outgoing" | "incoming";
  readonly from: Party;
  /** What was dialled. */
  readonly to: string;
}

/** Why a state was reached. */
export interface Reason {
  readonly ending?: Ending;
  readonly why?: FailedWhy | undefined;
  /** Whose doing it was. */
  readonly device?: Device | undefined;
}

/** The log line and `invitation.changed` of a change of state. */
export function announce(
  { clock, publish, log }: Surroundings,
  facts: InvitationFacts,
  from: OutgoingState | IncomingState,
  state: OutgoingState | IncomingState,
  { ending, why, device }: Reason,
): void {
  const { id: invitation, user, direction } = facts;
  const reason = {
    ...(ending && { cause: ending.cause, sip: ending.sip }),
    ...(why !== undefined && { why }),
    ...(device && { device: device.id }),
  };
  log.debug({ invitation, user, direction, from, to: state, ...reason }, "an invitation changed its state");
  publish({
    type: "invitation.changed",
    time: clock.now(),
    node: null,
    data: { invitation, user, direction, from: facts.from, to: facts.to, state, ...reason },
  });
}

/** One timer at a time. */
export class Deadline {
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(milliseconds: number, run: () => void): void {
    this.clear();
    this.#cancel = this.#clock.after(milliseconds, () => {
      this.#cancel = undefined;
      run();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
