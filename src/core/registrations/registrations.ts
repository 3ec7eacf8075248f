import type { Publish } from "../../base/index.ts";
import type { Registration } from "./model.ts";

/** What a switch says of a registration that ended. */
export interface Departure {
  readonly user: string;
  readonly domain: string;
  /** Without it: every registration of the user. */
  readonly callId?: string;
  readonly node: string;
}

/** FreeSWITCH keeps a registration for 60 s beyond its time, and looks every 30 s (sofia_reg.c, sip-expires-late-margin). */
const expiryMargin = 180_000;

const keyOf = ({ node, domain, user, callId }: Registration): string =>
  JSON.stringify([node, domain, user, callId]);

/** Compares what may differ between two messages about the same phone, but not what ages. */
const sameBinding = (a: Registration, b: Registration): boolean =>
  a.contact === b.contact && a.networkIp === b.networkIp && a.networkPort === b.networkPort;

/**
 * Who is registered where. Publishes `registration.online` when a phone appears or appears from elsewhere, and
 * `registration.offline` when it goes; a refresh is neither.
 */
export class Registrations {
  /** By switch, domain, user and Call-ID: as FreeSWITCH tells several phones of one user apart. */
  readonly #all = new Map<string, Registration>();
  /** Registrations per user, so that a look-up does not walk all of them. */
  readonly #count = new Map<string, number>();
  readonly #publish: Publish;

  constructor(publish: Publish) {
    this.#publish = publish;
  }

  online(registration: Registration, time: number): void {
    const key = keyOf(registration);
    const before = this.#all.get(key);
    this.#all.set(key, registration);
    if (!before) this.#add(registration, 1);
    if (!before || !sameBinding(before, registration)) {
      const { user, domain, contact, networkIp, networkPort, transport, userAgent, expiresAt } = registration;
      this.#tell("registration.online", registration.node, time, {
        user,
        domain,
        contact,
        networkIp,
        networkPort,
        transport,
        userAgent,
        expiresAt,
      });
    }
  }

  /** `reason`: `unregistered`, `expired`, `socket-disconnection`, `resync`, `switch-gone` … */
  offline(departure: Departure, reason: string, time: number): void {
    this.#drop(
      (one) =>
        one.node === departure.node &&
        one.user === departure.user &&
        one.domain === departure.domain &&
        (departure.callId === undefined || one.callId === departure.callId),
      reason,
      time,
    );
  }

  /** `current` is all that the switch has. */
  resync(node: string, current: readonly Registration[], time: number): void {
    const keys = new Set(current.map((one) => keyOf(one)));
    this.#drop((one) => one.node === node && !keys.has(keyOf(one)), "resync", time);
    for (const one of current) this.online(one, time);
  }

  /** Drops those that the switch should have told the end of; it waits a while itself. */
  expire(node: string, time: number): void {
    this.#drop((one) => one.node === node && one.expiresAt + expiryMargin <= time, "expired", time);
  }

  /** The switch is gone, and its phones with it. */
  dropNode(node: string, time: number): void {
    this.#drop((one) => one.node === node, "switch-gone", time);
  }

  list(): Registration[] {
    return [...this.#all.values()];
  }

  /** Those of one user, on every switch. */
  of(domain: string, user: string): Registration[] {
    if (!this.isRegistered(domain, user)) return [];
    return this.list().filter((one) => one.user === user && one.domain === domain);
  }

  isRegistered(domain: string, user: string): boolean {
    return this.#count.has(`${user}@${domain}`);
  }

  #drop(match: (one: Registration) => boolean, reason: string, time: number): void {
    for (const [key, one] of this.#all) {
      if (!match(one)) continue;
      this.#all.delete(key);
      this.#add(one, -1);
      const { user, domain, contact, node } = one;
      this.#tell("registration.offline", node, time, { user, domain, contact, reason });
    }
  }

  #add({ user, domain }: Registration, difference: 1 | -1): void {
    const key = `${user}@${domain}`;
    const count = (this.#count.get(key) ?? 0) + difference;
    if (count > 0) this.#count.set(key, count);
    else this.#count.delete(key);
  }

  #tell(type: string, node: string, time: number, data: Record<string, unknown>): void {
    this.#publish({ type, time, node, data });
  }
}
