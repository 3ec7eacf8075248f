import {
  Failure,
  silentLogger,
  systemIds,
  type DomainEvent,
  type FailureCode,
} from "../../src/base/index.ts";
import {
  ending,
  Invitations,
  type CauseName,
  type ClientMessage,
  type EndedBy,
  type Exchange,
  type InvitationsOptions,
  type PlacedEvents,
  type PlaceRequest,
  type RingEvents,
  type Ringing,
  type RingRequest,
  type WebClient,
  type WebSide,
} from "../../src/core/invitations/index.ts";
import { ManualClock } from "./manual-clock.ts";

/** A device that keeps what it is told. */
export class FakeDevice implements WebClient {
  readonly session: string;
  readonly user: string;
  readonly displayName: string;
  readonly told: ClientMessage[] = [];

  constructor(session: string, user: string, displayName = `User ${user}`) {
    this.session = session;
    this.user = user;
    this.displayName = displayName;
  }

  tell(message: ClientMessage): void {
    this.told.push(message);
  }

  /** What it was told since it was asked last, in words: `state 01X canceled LOSE_RACE`. */
  news(): string[] {
    return this.told.splice(0).map(wordsOf);
  }
}

function wordsOf(message: ClientMessage): string {
  switch (message.type) {
    case "state": {
      const { state, cause, sip, response } = message;
      return ["state", state, cause, sip, response].filter((part) => part !== undefined).join(" ");
    }
    case "ended":
      return `ended ${message.cause} ${message.sip} by ${message.by}`;
    case "invitation":
      return `invitation from ${message.from.number} for ${message.number}`;
    case "candidate":
      return `candidate ${message.candidate.candidate}`;
    case "dtmf":
      return `dtmf ${message.digits}`;
    case "ready":
      return "ready";
    case "progress":
    case "answer":
      break;
  }
  return `${message.type} ${message.sdp}`;
}

/** A call that a device asked for, as the gateway has it. */
export interface Placed {
  readonly request: PlaceRequest;
  readonly events: PlacedEvents;
  /** What was asked of it, in words. */
  readonly asked: string[];
}

/** The gateway's side of a call that rings at a web user. */
export interface Rung {
  readonly ringing: Ringing;
  /** What was told of it, in words. */
  readonly told: string[];
}

/** An exchange that does nothing but note what it is asked. */
export class FakeExchange implements Exchange {
  readonly placed: Placed[] = [];
  /** Thrown when it is given digits: a fault of ours. */
  faulty: string | undefined;

  place(request: PlaceRequest, events: PlacedEvents): WebSide {
    const asked: string[] = [];
    this.placed.push({ request, events, asked });
    return {
      end: (by, { cause }) => asked.push(`end ${cause} by ${by}`),
      digits: (digits) => {
        if (this.faulty !== undefined) throw new Error(this.faulty);
        asked.push(`digits ${digits}`);
      },
      candidate: ({ candidate }) => asked.push(`candidate ${candidate}`),
    };
  }

  get last(): Placed {
    const last = this.placed.at(-1);
    if (!last) throw new Error("nothing was placed");
    return last;
  }
}

export const times = {
  acknowledge: 5_000,
  confirm: 30_000,
  sent: 75_000,
  ringing: 200_000,
  remember: 60_000,
};

/** The real service between devices and a gateway that are played. */
export function webUsersWorld(options: Partial<InvitationsOptions> = {}) {
  const clock = new ManualClock();
  const exchange = new FakeExchange();
  const events: DomainEvent[] = [];
  const invitations = new Invitations({
    exchange,
    publish: (event) => void events.push(event),
    clock,
    ids: systemIds,
    log: silentLogger,
    ringSeconds: 30,
    times,
    ...options,
  });
  return {
    clock,
    exchange,
    invitations,
    events,
    /** Types and states of what was published since it was asked last. */
    published: (): string[] =>
      events.splice(0).map(({ type, data }) => {
        const { state, cause, why } = data;
        return [type, state, cause, why].filter((part) => typeof part === "string").join(" ");
      }),
    connect(session: string, user: string, displayName?: string): FakeDevice {
      const device = new FakeDevice(session, user, displayName);
      invitations.connect(device);
      return device;
    },
    ring(user: string, more: Partial<RingRequest> = {}, change: Partial<RingEvents> = {}): Rung {
      const told: string[] = [];
      const ringing = invitations.ring(ringRequest(user, more), { ...ringEvents(told), ...change });
      return { ringing, told };
    },
  };
}

export const ringRequest = (user: string, more: Partial<RingRequest> = {}): RingRequest => ({
  user,
  from: { number: "1002", name: "Bob" },
  sdp: "offer",
  media: "audio",
  number: `0${user}`,
  ringFor: 30_000,
  ...more,
});

export const ringEvents = (told: string[]): RingEvents => ({
  received: () => told.push("received"),
  accepted: ({ session, sdp, response }) =>
    told.push(["accepted by", session, sdp, response].filter((part) => part !== undefined).join(" ")),
  digits: (digits) => told.push(`digits ${digits}`),
  candidate: ({ candidate }) => told.push(`candidate ${candidate}`),
  over: ({ ending: { cause, sip }, by, why, response }) =>
    told.push(["over", cause, sip, "by", by, why, response].filter((part) => part !== undefined).join(" ")),
});

export const invite = (id?: string, more: { content?: string; channelId?: string } = {}) => ({
  ...(id !== undefined && { id }),
  to: "1002",
  sdp: "offer",
  media: "audio" as const,
  ...more,
});

export const candidate = (text: string) => ({ candidate: text, sdpMid: "0", sdpMLineIndex: 0 });

/** How the gateway ends a ringing or accepted call. */
export const end = (cause: CauseName, by: EndedBy = "caller") => ({ ending: ending(cause), by });

/** The code that `ask` is refused with; undefined: it is not. */
export function refusalOf(ask: () => void): FailureCode | undefined {
  try {
    ask();
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
  return undefined;
}
