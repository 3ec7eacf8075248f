import { Failure, reasonOf } from "../base/index.ts";
import {
  accepted,
  commands,
  EslConnection,
  eventTime,
  subscription,
  type ApiCommand,
  type Bounds,
  type CloseReason,
  type EventHeaders,
} from "../protocol/esl/index.ts";
import { heartbeatOf, type Heartbeat } from "./heartbeat.ts";
import { Ownership } from "./ownership.ts";
import { PendingDigits } from "./pending-digits.ts";
import type { SwitchAddress, SwitchContext } from "./ports.ts";
import { Resync } from "./resync.ts";
import { translate } from "./translate.ts";
import { pingDeadline, Watchdog } from "./watchdog.ts";

/** A resync may have thousands of answers before it in the queue. */
const resyncDeadline = 30_000;
/** Even when the counts agree, every so many heartbeats each leg is asked for: two errors may cancel out. */
const sweepEvery = 15;

/** One connection to a switch, from its first byte to its last. */
export class Session {
  readonly #node: string;
  readonly #at: string;
  readonly #context: SwitchContext;
  readonly #esl: EslConnection;
  readonly #stop = new AbortController();
  readonly #watchdog: Watchdog;
  readonly #resync: Resync;
  readonly #ownership: Ownership;
  readonly #digits: PendingDigits;
  #core = "";
  #up = false;
  #heartbeats = 0;

  constructor(node: string, address: SwitchAddress, context: SwitchContext) {
    this.#node = node;
    this.#at = `${address.host}:${address.port}`;
    this.#context = context;
    const { calls, clock, ids } = context;
    this.#digits = new PendingDigits((call) => calls.isLive(call));
    this.#esl = new EslConnection({ ...address, clock, ids, onEvent: (event) => this.#take(event) });
    this.#resync = new Resync(
      node,
      async (command) => this.#ask(command, resyncDeadline),
      context,
      this.#stop.signal,
    );
    this.#ownership = new Ownership(
      {
        node,
        at: this.#at,
        ask: async (command, deadline) => this.#ask(command, deadline),
        phonesCame: async () => this.#resync.listRegistrations(),
        endStrays: async () => this.#resync.endStrays(),
        signal: this.#stop.signal,
      },
      context,
    );
    this.#watchdog = new Watchdog(
      {
        framesReceived: () => this.#esl.framesReceived,
        ping: async () => this.#ask(commands.hostname(), pingDeadline),
        lagging: (lag) => context.nodes.lagging(node, lag, clock.now()),
        giveUp: (why) => this.#esl.close(why),
      },
      clock,
    );
  }

  /** Whether the events were subscribed to and the switch's channels taken in. */
  get up(): boolean {
    return this.#up;
  }

  /** Whether the switch may be changed. */
  get ours(): boolean {
    return this.#esl.state === "ready" && this.#ownership.ours;
  }

  /** Resolves when the connection is over; ends it when the signal aborts. Never rejects. */
  async live(signal: AbortSignal): Promise<CloseReason & { readonly wasUp: boolean }> {
    const stop = (): void => this.#esl.close("Patchcord is stopping");
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    this.#enter().catch((error: unknown) => this.#esl.close(reasonOf(error)));
    const reason = await this.#esl.closed;
    signal.removeEventListener("abort", stop);
    this.#stop.abort(new Failure("switch-unavailable", `The switch at ${this.#at} is not connected.`));
    const { badEvents } = this.#esl;
    if (badEvents > 0)
      this.#context.log.warn({ node: this.#node, badEvents }, "events without readable JSON were dropped");
    const wasUp = this.#up;
    this.#up = false;
    return { ...reason, wasUp };
  }

  /**
   * Runs an api command and resolves to its reply, `-ERR …` included. Rejects with `switch-not-bound` when it would
   * change something on a switch that is not ours, and as EslConnection.run.
   */
  async run(command: ApiCommand, bounds: Bounds = {}): Promise<string> {
    if (command.mutating) this.#mustBeOurs();
    return this.#esl.run(command, bounds);
  }

  /** Has a channel execute an application; resolves when the switch has queued it. Rejects as `run`, and `switch-refused`. */
  async execute(uuid: string, application: string, bounds: Bounds): Promise<void> {
    this.#mustBeOurs();
    const headers = { "call-command": "execute", "execute-app-name": application };
    accepted(await this.#esl.sendRecv(`sendmsg ${uuid}`, headers, bounds));
  }

  /** Runs `originate`; `digits` go to the second side once it is connected. Rejects as `run`, and `switch-refused`. */
  async originate(command: ApiCommand, call: string, digits: string | null, bounds: Bounds): Promise<void> {
    if (digits !== null) this.#digits.add(call, digits);
    try {
      accepted(await this.run(command, bounds));
    } catch (error) {
      this.#digits.drop(call);
      throw error;
    }
  }

  #mustBeOurs(): void {
    if (this.#ownership.ours) return;
    const { lastError } = this.#context.nodes.get(this.#node);
    const unchecked = `Whether the switch at ${this.#at} asks this Patchcord is not known yet; try again.`;
    throw new Failure("switch-not-bound", lastError ?? unchecked);
  }

  #ask(command: ApiCommand, deadline?: number): Promise<string> {
    return this.run(command, { signal: this.#stop.signal, ...(deadline === undefined ? {} : { deadline }) });
  }

  async #enter(): Promise<void> {
    const { nodes, calls, clock } = this.#context;
    await this.#esl.ready;
    const core = accepted(await this.#ask(commands.globalGetvar("core_uuid")));
    const version = /Version (\S+)/.exec(await this.#ask(commands.version()))?.[1] ?? null;
    const before = nodes.get(this.#node).coreUuid;
    const changed = before !== null && before !== core;
    this.#core = core;
    // First the events, then the snapshot: what happens between the two is in both, and never in neither.
    accepted(await this.#esl.sendRecv(subscription, {}, { signal: this.#stop.signal }));
    const reason = changed ? "core-changed" : "connected";
    await Promise.all([this.#resync.everything(core, reason), this.#ownership.check()]);
    this.#up = true;
    const sessions = calls.liveLegs(this.#node).length;
    nodes.update(this.#node, { state: "up", coreUuid: core, version, sessions }, clock.now());
    await Promise.all([this.#watchdog.watchSilence(this.#stop.signal), this.#ownership.watch()]);
  }

  #take(event: EventHeaders): void {
    const { clock, calls, raw, proxyAccount } = this.#context;
    const time = eventTime(event) ?? clock.now();
    const heartbeat = heartbeatOf(event);
    this.#watchdog.event(time, heartbeat !== undefined);
    if (heartbeat) this.#heartbeat(heartbeat);
    else if (!this.#resync.registrationEvent(event, time)) {
      const translated = translate(event, this.#node, proxyAccount);
      if (translated) calls.apply(translated);
      this.#sendDigits(event);
    }
    raw({ type: `switch.${event["Event-Name"] ?? ""}`, time, node: this.#node, data: event });
  }

  #sendDigits(event: EventHeaders): void {
    const due = this.#digits.due(event);
    if (!due) return;
    this.#ask(commands.uuidSendDtmf(due.uuid, due.digits))
      .then(accepted)
      .catch((error: unknown) => {
        this.#context.log.warn(
          { node: this.#node, uuid: due.uuid, err: error },
          "digits were not sent after the answer",
        );
      });
  }

  #heartbeat({ version, ...load }: Heartbeat): void {
    const { nodes, clock, calls, registrations, log } = this.#context;
    registrations.expire(this.#node, clock.now());
    if (!this.#up) return;
    this.#heartbeats += 1;
    const known = version === null ? {} : { version };
    nodes.update(this.#node, { ...load, ...known, eventLagMs: this.#watchdog.lag }, clock.now());
    const drifted = load.sessions !== calls.liveLegs(this.#node).length;
    if (!drifted && this.#heartbeats % sweepEvery !== 0) return;
    this.#resync.sweep(this.#core, load.sessions).catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        log.warn({ node: this.#node, err: error }, "the calls could not be compared");
    });
  }
}
