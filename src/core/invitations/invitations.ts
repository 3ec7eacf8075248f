import { Failure, type Clock, type Ids, type Logger, type Publish } from "../../base/index.ts";
import { Devices, type Device } from "./devices.ts";
import { ending } from "./endings.ts";
import { IncomingInvitation } from "./incoming.ts";
import { refuseLongText } from "./limits.ts";
import type { Candidate, IncomingState, Medium, OutgoingState, Party } from "./model.ts";
import { OutgoingInvitation } from "./outgoing.ts";
import type { Exchange, Ringing, RingEvents, RingRequest, WebClient, WebUsers } from "./ports.ts";
import { Remembered } from "./remembered.ts";
import type { InvitationTimes, Surroundings } from "./surroundings.ts";
import { refusal } from "./transitions.ts";

export interface InvitationsOptions {
  /** Where what devices ask for goes. */
  readonly exchange: Exchange;
  readonly publish: Publish;
  readonly clock: Clock;
  readonly ids: Pick<Ids, "sortable">;
  readonly log: Logger;
  /** How long a web user is let ring: no invitation of a device may ring much longer. */
  readonly ringSeconds: number;
  readonly times?: Partial<InvitationTimes>;
}

/** What a device sends to call somebody. */
export interface InviteInput {
  /** Chosen by the device, unique among its user's; ours if absent. */
  readonly id?: string;
  /** Checked to be diallable. */
  readonly to: string;
  readonly sdp: string;
  readonly content?: string;
  readonly channelId?: string;
  readonly media: Medium;
}

/** A web user who is online. */
export interface OnlineUser {
  /** Without the 0. */
  readonly user: string;
  /** Of the device that came last. */
  readonly displayName: string;
  readonly devices: readonly { readonly id: string; readonly connectedAt: number }[];
  /** Those that are not over, calls included; the oldest first. */
  readonly invitations: readonly OnlineInvitation[];
}

export interface OnlineInvitation {
  readonly id: string;
  readonly direction: "outgoing" | "incoming";
  readonly state: OutgoingState | IncomingState;
  readonly from: Party;
  /** What was dialled. */
  readonly to: string;
  readonly startedAt: number;
  /** The device that sent or took it; null while it rings. */
  readonly device: string | null;
}

/** Live ones that a device sent or took. */
const mostPerDevice = 8;
/** That ring at a user at a time. */
const mostRinging = 16;
const mostRemembered = 50_000;

type Invitation = OutgoingInvitation | IncomingInvitation;

/** `id` as the user's devices know it. */
const keyOf = (user: string, id: string): string => `${user} ${id}`;

/**
 * The invitations of the web users that are connected here: what their devices ask, and what the gateway rings them
 * with. Every method is synchronous; what a device may not do throws a Failure and changes nothing.
 */
export class Invitations implements WebUsers {
  readonly #o: InvitationsOptions;
  readonly #surroundings: Surroundings;
  readonly #devices: Devices;
  /** That are not over, by user, then by what the user's devices call them. */
  readonly #live = new Map<string, Map<string, Invitation>>();
  readonly #remembered: Remembered;
  #closed = false;

  constructor(o: InvitationsOptions) {
    const { clock, publish, log, ids } = o;
    const times: InvitationTimes = {
      acknowledge: 5_000,
      confirm: 30_000,
      sent: 75_000,
      // A phone's own patience is that of FreeSWITCH, a minute or two; a web user's is ours.
      ringing: Math.max(200, o.ringSeconds + 60) * 1000,
      remember: 60_000,
      ...o.times,
    };
    this.#o = o;
    this.#surroundings = { clock, publish, log, times };
    this.#devices = new Devices({ publish, clock, ids });
    this.#remembered = new Remembered({ clock, keepFor: times.remember, capacity: mostRemembered });
  }

  /**
   * A device is there. It is told `ready`, then of what rings at its user.
   * @throws Failure too-many-devices, shutting-down
   */
  connect(client: WebClient): void {
    this.#refuseWhenClosed();
    const device = this.#devices.add(client);
    client.tell({ type: "ready" });
    for (const one of this.#of(client.user)) if (one instanceof IncomingInvitation) one.offer(device);
  }

  /** A device is gone: what it called or took ends by `network`, what rings at it goes on ringing elsewhere. */
  disconnect(session: string): void {
    const device = this.#devices.remove(session);
    if (!device) return;
    for (const one of this.#of(device.client.user)) {
      if (one instanceof IncomingInvitation) one.vanished(device);
      else if (one.device === device) one.vanished();
    }
  }

  /** @throws Failure already-sent, too-many-calls, content-too-long, channel-id-too-long, shutting-down */
  invite(session: string, { id, ...input }: InviteInput): void {
    this.#refuseWhenClosed();
    const device = this.#device(session);
    const { user, displayName } = device.client;
    refuseLongText({ content: input.content, channelId: input.channelId });
    const ours = this.#o.ids.sortable(this.#o.clock.now());
    const name = id ?? ours;
    if (this.#live.get(user)?.has(name) || this.#remembered.has(keyOf(user, name))) {
      throw refusal("already-sent");
    }
    this.#refuseMany(device);
    const invitation = new OutgoingInvitation({
      request: { ...input, id: ours, user, displayName, session },
      name,
      device,
      surroundings: this.#surroundings,
      over: () => this.#forget(user, name),
    });
    this.#keep(user, name, invitation);
    invitation.start(this.#o.exchange);
  }

  /** The device rings. @throws Failure not-started, already-accepted, already-ended */
  received(session: string, id: string): void {
    const device = this.#device(session);
    this.#incoming(device, id).received(device);
  }

  /** @throws Failure not-started, already-accepted, already-ended */
  cancel(session: string, id: string): void {
    this.#outgoing(this.#device(session), id).cancel();
  }

  /** @throws Failure response-too-long, too-many-calls, not-started, already-accepted, already-ended */
  accept(session: string, id: string, input: { readonly sdp: string; readonly response?: string }): void {
    refuseLongText(input);
    const device = this.#device(session);
    const found = this.#incoming(device, id);
    if (found.device === undefined) this.#refuseMany(device);
    found.accept(device, input);
  }

  /** For all devices of the user. @throws Failure response-too-long, not-started, already-accepted, already-ended */
  refuse(
    session: string,
    id: string,
    input: { readonly reason?: "busy" | "declined"; readonly response?: string },
  ): void {
    refuseLongText(input);
    const device = this.#device(session);
    this.#incoming(device, id).refuse(device, input);
  }

  /** @throws Failure not-started, already-accepted, already-ended */
  hangup(session: string, id: string): void {
    const device = this.#device(session);
    const one = this.#find(device, id);
    if (one instanceof IncomingInvitation) one.hangup(device);
    else one.hangup();
  }

  /** @throws Failure not-started, already-accepted, already-ended */
  dtmf(session: string, id: string, digits: string): void {
    const device = this.#device(session);
    const one = this.#find(device, id);
    if (one instanceof IncomingInvitation) one.dtmf(device, digits);
    else one.digits(digits);
  }

  /** @throws Failure not-started, already-accepted, already-ended */
  candidate(session: string, id: string, candidate: Candidate): void {
    const device = this.#device(session);
    const one = this.#find(device, id);
    if (one instanceof IncomingInvitation) one.trickle(device, candidate);
    else one.candidate(candidate);
  }

  isOnline(user: string): boolean {
    return this.#devices.of(user).length > 0;
  }

  ring(request: RingRequest, events: RingEvents): Ringing {
    const id = this.#o.ids.sortable(this.#o.clock.now());
    const { user } = request;
    if (this.#closed) {
      return undelivered(id, events, { ending: ending("SYSTEM_SHUTDOWN"), by: "ours", why: "switch" });
    }
    const devices = this.#devices.of(user);
    if (devices.length === 0) {
      return undelivered(id, events, { ending: ending("SUBSCRIBER_ABSENT"), by: "ours", why: "offline" });
    }
    const ringing = this.#of(user).filter((one) => one instanceof IncomingInvitation && !one.device);
    if (ringing.length >= mostRinging) {
      return undelivered(id, events, { ending: ending("USER_BUSY"), by: "ours" });
    }
    const invitation = new IncomingInvitation({
      id,
      request,
      events,
      surroundings: this.#surroundings,
      over: () => this.#forget(user, id),
    });
    this.#keep(user, id, invitation);
    invitation.start(devices);
    return invitation;
  }

  /** Who is online, in the order in which they came. */
  online(): OnlineUser[] {
    return this.#devices.users().map((user) => {
      const devices = this.#devices.of(user);
      return {
        user,
        displayName: devices.at(-1)?.client.displayName ?? "",
        devices: devices.map(({ id, connectedAt }) => ({ id, connectedAt })),
        invitations: this.#of(user).map(({ facts, state, startedAt, device }) => {
          const { id, direction, from, to } = facts;
          return { id, direction, state, from, to, startedAt, device: device?.id ?? null };
        }),
      };
    });
  }

  counts(): { readonly devices: number; readonly invitations: number; readonly remembered: number } {
    return {
      devices: this.#devices.size,
      invitations: this.#all().length,
      remembered: this.#remembered.size,
    };
  }

  /** Ends every invitation and call. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const one of this.#all()) one.shutDown();
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new Failure("shutting-down", "try again once Patchcord is back");
  }

  #device(session: string): Device {
    const device = this.#devices.get(session);
    if (!device) throw new Error("a frame of a device that is not connected");
    return device;
  }

  #of(user: string): Invitation[] {
    return [...(this.#live.get(user)?.values() ?? [])];
  }

  #all(): Invitation[] {
    return [...this.#live.keys()].flatMap((user) => this.#of(user));
  }

  #refuseMany(device: Device): void {
    if (this.#of(device.client.user).filter((one) => one.device === device).length < mostPerDevice) return;
    throw new Failure("too-many-calls", `the device has ${mostPerDevice} calls; end one of them`);
  }

  #keep(user: string, name: string, invitation: Invitation): void {
    const own = this.#live.get(user) ?? new Map<string, Invitation>();
    this.#live.set(user, own.set(name, invitation));
  }

  #forget(user: string, name: string): void {
    const own = this.#live.get(user);
    own?.delete(name);
    if (own?.size === 0) this.#live.delete(user);
    this.#remembered.add(keyOf(user, name));
  }

  /** @throws Failure not-started for an id that is not known, already-ended, invitation-not-found */
  #find(device: Device, id: string): Invitation {
    const { user } = device.client;
    const found = this.#live.get(user)?.get(id);
    if (!found) throw refusal(this.#remembered.has(keyOf(user, id)) ? "already-ended" : "not-started");
    if (found instanceof OutgoingInvitation && found.device !== device) {
      throw new Failure("invitation-not-found", "another device of yours sent the invitation");
    }
    return found;
  }

  #outgoing(device: Device, id: string): OutgoingInvitation {
    const found = this.#find(device, id);
    if (found instanceof OutgoingInvitation) return found;
    throw new Failure("invitation-not-found", "the invitation came to you: accept, refuse or hang up");
  }

  #incoming(device: Device, id: string): IncomingInvitation {
    const found = this.#find(device, id);
    if (found instanceof IncomingInvitation) return found;
    throw new Failure("invitation-not-found", "you sent the invitation: cancel or hang up");
  }
}

/** A call that reached no device: there is no invitation, only the answer, told once whoever asked has the handle. */
function undelivered(id: string, events: RingEvents, end: Parameters<RingEvents["over"]>[0]): Ringing {
  let given = false;
  queueMicrotask(() => {
    if (!given) events.over(end);
  });
  return {
    id,
    confirm: () => undefined,
    end: () => {
      given = true;
    },
    digits: () => undefined,
    candidate: () => undefined,
  };
}
