import { Failure, type Clock, type Ids } from "../base/index.ts";
import type { Calls, ChannelCommand, ChannelEventName, ChannelFacts } from "../core/calls/index.ts";
import { ending, isCause } from "../core/invitations/index.ts";
import type { End, SessionState } from "./machine.ts";
import type { Session, SessionWatch } from "./session.ts";
import type { Side } from "./side.ts";

/** The node of calls that no switch has. */
export const gatewayNode = "gateway";

/** A web user as one of the two sides. */
export interface LocalParty {
  /** Without the 0. */
  readonly user: string;
  /** Empty while it is not known. */
  readonly name: string;
  /** What its leg bears. */
  readonly reference: string;
}

interface LocalLeg {
  readonly uuid: string;
  readonly side: "caller" | "callee";
  readonly party: LocalParty;
}

/**
 * Calls of one web user to another: no switch has them, so that we tell core/calls what a switch would have told, as
 * the node `gateway`, and do what is asked of them.
 */
export class LocalCalls {
  readonly #calls: Pick<Calls, "apply">;
  readonly #clock: Pick<Clock, "now">;
  readonly #ids: Pick<Ids, "uuid">;
  /** Names this process, as a switch's Core-UUID does. */
  readonly #core: string;
  readonly #legs = new Map<string, { readonly session: Session; readonly side: () => Side | null }>();
  #sequence = 0;

  constructor(o: {
    readonly calls: Pick<Calls, "apply">;
    readonly clock: Pick<Clock, "now">;
    readonly ids: Pick<Ids, "uuid">;
  }) {
    this.#calls = o.calls;
    this.#clock = o.clock;
    this.#ids = o.ids;
    this.#core = o.ids.uuid();
  }

  /** Tells of `session`, which has not called anybody yet. */
  report(session: Session, parties: { readonly caller: LocalParty; readonly callee: LocalParty }): void {
    const legs = (["caller", "callee"] as const).map((side): LocalLeg => ({
      uuid: this.#ids.uuid(),
      side,
      party: parties[side],
    }));
    for (const { uuid, side } of legs) this.#legs.set(uuid, { session, side: () => session[side] });
    session.watch(this.#watch(session, legs));
  }

  #watch(session: Session, legs: readonly LocalLeg[]): SessionWatch {
    const createdAt = this.#clock.now();
    let created = false;
    let answeredAt: number | null = null;
    const tell = (
      name: ChannelEventName,
      callState: string,
      leg: LocalLeg,
      cause: string | null = null,
    ): void => {
      const other = legs.find((one) => one !== leg) ?? leg;
      const codec = session[leg.side]?.facts().media?.codec ?? null;
      this.#tell(
        name,
        { ...factsOf(leg, other, legs), createdAt, answeredAt, callState, codec },
        {
          bridgedWith: name === "CHANNEL_BRIDGE" ? other.uuid : null,
          cause,
        },
      );
    };
    return {
      changed: (state: SessionState) => {
        if (state === "calling") {
          created = true;
          for (const leg of legs) tell("CHANNEL_CREATE", "DOWN", leg);
        }
        if (state === "ringing") for (const leg of legs) tell("CHANNEL_PROGRESS", "RINGING", leg);
        if (state !== "active") return;
        answeredAt = this.#clock.now();
        for (const leg of legs) tell("CHANNEL_ANSWER", "ACTIVE", leg);
        for (const leg of legs) tell("CHANNEL_BRIDGE", "ACTIVE", leg);
      },
      over: ({ ending: { cause } }: End) => {
        if (created) for (const leg of legs) tell("CHANNEL_HANGUP_COMPLETE", "HANGUP", leg, cause);
      },
      released: () => {
        for (const { uuid } of legs) this.#legs.delete(uuid);
      },
    };
  }

  #tell(
    name: ChannelEventName,
    channel: ChannelFacts,
    more: { readonly bridgedWith: string | null; readonly cause: string | null },
  ): void {
    this.#sequence += 1;
    this.#calls.apply({
      name,
      node: gatewayNode,
      core: this.#core,
      sequence: this.#sequence,
      time: this.#clock.now(),
      channel,
      ...more,
      attended: null,
      detail: null,
    });
  }

  /** @throws Failure leg-not-found, verb-not-allowed */
  command(command: ChannelCommand): void {
    const leg = this.#legs.get(command.uuid);
    if (!leg) throw new Failure("leg-not-found", `the gateway has no leg ${command.uuid}; it has ended`);
    if (command.verb === "hangup") {
      const { cause } = command;
      leg.session.hangup({ ending: ending(isCause(cause) ? cause : "NORMAL_CLEARING"), by: "ours" });
    } else if (command.verb === "dtmf") leg.side()?.digits(command.digits.replaceAll(/w/gi, ""), true);
    else {
      const allowed = ["hangup", "dtmf"];
      throw new Failure(
        "verb-not-allowed",
        `${command.verb}: a call of one web user to another is not at a switch; allowed now: ${allowed.join(", ")}`,
        { allowed },
      );
    }
  }
}

type Moving = "createdAt" | "answeredAt" | "callState" | "codec";

function factsOf(
  leg: LocalLeg,
  other: LocalLeg,
  [caller, callee]: readonly LocalLeg[],
): Omit<ChannelFacts, Moving> {
  const number = (one: LocalLeg | undefined): string => `0${one?.party.user ?? ""}`;
  return {
    uuid: leg.uuid,
    direction: leg === caller ? "inbound" : "outbound",
    callerNumber: number(caller),
    callerName: caller?.party.name ?? "",
    calleeNumber: number(callee),
    calleeName: callee?.party.name ?? "",
    destination: number(callee),
    channelName: `gateway/${number(leg)}`,
    relatedTo: other.uuid,
    requestedCall: null,
    originator: leg === caller ? null : (caller?.uuid ?? null),
    reference: leg.party.reference,
    blindTransfer: null,
  };
}
