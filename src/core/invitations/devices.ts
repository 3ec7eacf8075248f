import { Failure, type Clock, type Ids, type Publish } from "../../base/index.ts";
import type { WebClient } from "./ports.ts";

/** A connection of a web user, as everybody may know it: its session is a secret. */
export interface Device {
  readonly id: string;
  readonly client: WebClient;
  readonly connectedAt: number;
}

/** Per user: each of them rings. */
const mostDevices = 16;

/** Who is online, with which devices. */
export class Devices {
  readonly #bySession = new Map<string, Device>();
  /** In the order in which they came. */
  readonly #byUser = new Map<string, Set<Device>>();
  readonly #publish: Publish;
  readonly #clock: Pick<Clock, "now">;
  readonly #ids: Pick<Ids, "sortable">;

  constructor(o: {
    readonly publish: Publish;
    readonly clock: Pick<Clock, "now">;
    readonly ids: Pick<Ids, "sortable">;
  }) {
    this.#publish = o.publish;
    this.#clock = o.clock;
    this.#ids = o.ids;
  }

  /** Publishes `webclient.online` for the first one of a user. @throws Failure too-many-devices */
  add(client: WebClient): Device {
    const { session, user } = client;
    if (this.#bySession.has(session)) throw new Error("a session connects once");
    const devices = this.#byUser.get(user) ?? new Set();
    if (devices.size >= mostDevices) {
      throw new Failure(
        "too-many-devices",
        `0${user} is connected ${mostDevices} times; close one of its pages or phones`,
      );
    }
    const now = this.#clock.now();
    const device: Device = { id: this.#ids.sortable(now), client, connectedAt: now };
    this.#bySession.set(session, device);
    this.#byUser.set(user, devices.add(device));
    if (devices.size === 1) this.#tell("webclient.online", client, 1);
    return device;
  }

  /** Publishes `webclient.offline` for the last one of a user. Undefined: it was not there. */
  remove(session: string): Device | undefined {
    const device = this.#bySession.get(session);
    if (!device) return undefined;
    const { client } = device;
    this.#bySession.delete(session);
    const devices = this.#byUser.get(client.user);
    devices?.delete(device);
    if (devices?.size === 0) {
      this.#byUser.delete(client.user);
      this.#tell("webclient.offline", client, 0);
    }
    return device;
  }

  get(session: string): Device | undefined {
    return this.#bySession.get(session);
  }

  of(user: string): readonly Device[] {
    return [...(this.#byUser.get(user) ?? [])];
  }

  users(): readonly string[] {
    return [...this.#byUser.keys()];
  }

  get size(): number {
    return this.#bySession.size;
  }

  #tell(type: "webclient.online" | "webclient.offline", client: WebClient, devices: number): void {
    const { user, displayName } = client;
    this.#publish({ type, time: this.#clock.now(), node: null, data: { user, displayName, devices } });
  }
}
